// Who is connected, as far as sockets tell, and how many there may be.
#pragma once

#include "web/grants.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace compositord {

/// The other end of a connection.
struct Peer {
    std::string name;         // what limits count by: an IPv4 address, an IPv6 network, or "uid 1000"
    std::optional<uid_t> uid; // of a Unix socket's other end
    bool local = false;       // on this machine, as its address tells
};

Peer peerOf(int socket);

/// Which listening socket a connection came by.
struct Door {
    std::uint16_t port = 0; // 0: a Unix socket
    bool orchestrator = false;
    bool encrypted = false;
    bool control =
        false; // for whom compositord runs, and nobody else: see listen() and connect() of the server
};

/// What somebody has shown about who they are.
struct Identity {
    bool known = false; // has shown a valid token, or needs none
    Grants grants;
    std::string token;  // empty: needs none
    bool owner = false; // came by the door for whom compositord runs
};

struct Connection {
    Peer peer;
    Door door;
    Identity identity;     // by its latest request, or by Auth
    bool deflates = false; // large messages are compressed
};

class Connections {
public:
    struct Limits {
        std::size_t all = 4096;
        std::size_t perPeer = 2048;
    };

    explicit Connections(Limits limits) : limits_(limits) {}

    /// Fails with the limit that stands against it, a literal. What is returned stays until remove().
    std::expected<Connection*, std::string_view> add(Peer peer, Door door);

    /// Nothing to do for one that is not here.
    void remove(const Connection* connection);

    std::size_t size() const { return all_.size(); }

private:
    Limits limits_;
    std::unordered_map<const Connection*, std::unique_ptr<Connection>> all_;
    std::map<std::string, std::size_t, std::less<>> byPeer_;
};

} // namespace compositord
