#include "web/compression.hpp"

namespace compositord {

namespace {

constexpr const char* kExtension = "permessage-deflate";

} // namespace

std::optional<Compress> parseCompress(std::string_view name) {
    if (name == "none") {
        return Compress::none;
    }
    if (name == "remote") {
        return Compress::remote;
    }
    return name == "all" ? std::optional(Compress::all) : std::nullopt;
}

bool agreesOnCompression(Compress whom, const Peer& peer, std::string_view offer) {
    if (whom == Compress::none || (whom == Compress::remote && peer.local)) {
        return false;
    }
    // libwebsockets ends a connection that offers it twice or at length, and does not tell of a smaller
    // window, which compressed messages would have to keep to.
    constexpr std::size_t longest = 200;
    const std::size_t at = offer.find(kExtension);
    return at != std::string_view::npos && offer.find(kExtension, at + 1) == std::string_view::npos &&
           offer.size() <= longest && !offer.contains("server_max_window_bits");
}

std::array<lws_extension, 2> compressionExtensions() {
    return {lws_extension{kExtension, lws_extension_callback_pm_deflate, nullptr}, lws_extension{}};
}

} // namespace compositord
