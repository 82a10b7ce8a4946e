// Who may come in, and with which grants: the Host and Origin checks that keep foreign web pages out, and the
// tokens.
#pragma once

#include "web/connections.hpp"
#include "web/grants.hpp"
#include "web/tokens.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

class Access {
public:
    struct Settings {
        /// Allowed beside the server's own, in the form that browsers send ("http://localhost:3000", "null").
        std::vector<std::string> origins;
        /// Names that this machine is called by.
        std::vector<std::string> hosts;
        /// Of whoever needs no token.
        Grants grants = Grants::usual();
        Tokens tokens;
    };

    explicit Access(Settings settings) : settings_(std::move(settings)) {}

    /// Whether a Host header is one that no DNS rebinding can produce: an IP address, localhost or a name
    /// from the settings, with any port.
    bool hostAllowed(std::string_view host) const;

    /// `origin` is empty for a client that is not a browser. `host` has passed hostAllowed.
    bool originAllowed(std::string_view origin, std::string_view host) const;

    /// Whether it is a page of this server itself.
    static bool isOwn(std::string_view origin, std::string_view host);

    /// Whom a peer is taken for that shows no token. Without tokens, everybody is known; with them, only
    /// programs of the same user on a Unix socket.
    Identity withoutToken(const Peer& peer, const Door& door = {}) const;

    std::optional<Identity> withToken(std::string_view token) const;

    bool needsTokens() const { return !settings_.tokens.empty(); }

    void setTokens(Tokens tokens) { settings_.tokens = std::move(tokens); }

private:
    Settings settings_;
};

} // namespace compositord
