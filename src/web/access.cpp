#include "web/access.hpp"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>

namespace compositord {

namespace {

bool isAddress(int family, std::string_view text) {
    in6_addr address{};
    // inet_pton stops at a NUL and would not look at what follows one.
    return !text.contains('\0') && inet_pton(family, std::string(text).c_str(), &address) == 1;
}

/// Of whoever comes by the control socket: for whom compositord runs, who may look at all of it anyway.
constexpr Grants kOwner = Grants::usual() | Grants{Grant::inspect};

std::string lowerCase(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

} // namespace

bool Access::hostAllowed(std::string_view host) const {
    if (host.starts_with('[')) {
        const auto end = host.find(']');
        return end != std::string_view::npos && isAddress(AF_INET6, host.substr(1, end - 1));
    }
    const std::string name = lowerCase(host.substr(0, host.find(':')));
    return name == "localhost" || isAddress(AF_INET, name) ||
           std::ranges::any_of(settings_.hosts, [&](const auto& known) { return lowerCase(known) == name; });
}

bool Access::originAllowed(std::string_view origin, std::string_view host) const {
    return origin.empty() || isOwn(origin, host) ||
           std::ranges::find(settings_.origins, origin) != settings_.origins.end();
}

bool Access::isOwn(std::string_view origin, std::string_view host) {
    return origin == "http://" + std::string(host) || origin == "https://" + std::string(host);
}

Identity Access::withoutToken(const Peer& peer, const Door& door) const {
    const bool own = peer.uid && *peer.uid == geteuid();
    if (own && door.control) {
        return {.known = true, .grants = settings_.grants | kOwner, .token = {}, .owner = true};
    }
    if (!needsTokens() || own) {
        return {.known = true, .grants = settings_.grants, .token = {}};
    }
    return {};
}

std::optional<Identity> Access::withToken(std::string_view token) const {
    const auto grants = settings_.tokens.find(token);
    if (!grants) {
        return std::nullopt;
    }
    return Identity{.known = true, .grants = *grants, .token = std::string(token)};
}

} // namespace compositord
