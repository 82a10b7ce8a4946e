#include "compositor/web_socket.hpp"

#include "compositor/v1_peer.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace compositord;

// The first byte says how the rest is cut: what comes in pieces is read as what comes at once.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) {
        return 0;
    }
    V1Peer peer({.name = "fuzz", .driver = "compositord", .origin = "origin"});
    static_cast<void>(peer.write({SetCamera{.camera = {}, .x = 1, .y = {}, .zoom = {}}, {}}));
    WebSocketReader reader("dGhlIHNhbXBsZSBub25jZQ==", // of RFC 6455
                           {.onOpen = [] {},
                            .onMessage =
                                [&](std::string_view text) {
                                    const auto changes = peer.read(text);
                                    static_cast<void>(peer.subscription());
                                    if (changes && *changes && (*changes)->compositor &&
                                        !(*changes)->compositor->connected &&
                                        (!(*changes)->cameras.empty() || !(*changes)->windows.empty())) {
                                        __builtin_trap(); // a world without a compositor is empty
                                    }
                                },
                            .onReply = [](const std::string&) {}});
    const std::size_t piece = data[0] + std::size_t{1};
    std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
    while (!rest.empty()) {
        const std::string_view bytes = rest.substr(0, piece);
        rest.remove_prefix(bytes.size());
        if (!reader.feed(bytes)) {
            break;
        }
    }
    return 0;
}
