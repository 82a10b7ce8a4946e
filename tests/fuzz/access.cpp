// Host and Origin headers: whatever they are, only an address or localhost passes as host.

#include "web/access.hpp"

#include <strings.h>

#include <cstdlib>
#include <string_view>

using compositord::Access;

namespace {

bool startsWithLocalhost(std::string_view host) {
    constexpr std::string_view name = "localhost";
    return host.size() >= name.size() && strncasecmp(host.data(), name.data(), name.size()) == 0;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto cut = text.find('\n');
    const std::string_view host = text.substr(0, cut);
    const std::string_view origin = cut == std::string_view::npos ? "" : text.substr(cut + 1);
    const Access access({.origins = {"http://localhost:3000"}});
    const bool hostAllowed = access.hostAllowed(host);
    if (hostAllowed && host.find_first_not_of("0123456789abcdefABCDEF.:[]") != std::string_view::npos &&
        !startsWithLocalhost(host) && host.find(':') == std::string_view::npos) {
        std::abort();
    }
    if (hostAllowed && access.originAllowed(origin, host) && !origin.empty() &&
        origin != "http://localhost:3000" && !origin.ends_with(host)) {
        std::abort();
    }
    return 0;
}
