#include "web/access.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace compositord {

namespace {

bool isAddress(int family, std::string_view text) {
    in6_addr address{};
    // inet_pton stops at a NUL and would not look at what follows one.
    return !text.contains('\0') && inet_pton(family, std::string(text).c_str(), &address) == 1;
}

} // namespace

bool Access::hostAllowed(std::string_view host) {
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        return end != std::string_view::npos && isAddress(AF_INET6, host.substr(1, end - 1));
    }
    const std::string_view name = host.substr(0, host.find(':'));
    return name == "localhost" || isAddress(AF_INET, name);
}

bool Access::originAllowed(std::string_view origin, std::string_view host) const {
    if (origin.empty() || std::ranges::find(origins_, origin) != origins_.end()) {
        return true;
    }
    return origin == "http://" + std::string(host) || origin == "https://" + std::string(host);
}

} // namespace compositord
