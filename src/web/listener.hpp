// Listening sockets, made by ourselves so that their errors are clear and their ports are known.
#pragma once

#include "base/error.hpp"
#include "base/handle.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace compositord {

/// Where to listen: a TCP port of an address, or a Unix socket.
struct Endpoint {
    std::string address; // numeric; empty for a Unix socket
    std::uint16_t port = 0;
    std::string path; // of the Unix socket

    bool isUnix() const { return address.empty(); }

    /// Whether only programs of this machine reach it.
    bool local() const;

    /// "http://127.0.0.1:8765/" or "unix:/run/user/1000/compositord.sock".
    std::string text(bool encrypted) const;

    bool operator==(const Endpoint&) const = default;
};

/// Reads ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH. Addresses are numeric, and get `port` if they
/// have none.
Result<Endpoint> parseEndpoint(std::string_view text, std::uint16_t port);

/// Removes the file of a Unix socket when it goes.
class SocketFile {
public:
    SocketFile() = default;

    explicit SocketFile(std::string path) : path_(std::move(path)) {}

    SocketFile(SocketFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}

    SocketFile& operator=(SocketFile&& other) noexcept {
        std::swap(path_, other.path_);
        return *this;
    }

    SocketFile(const SocketFile&) = delete;
    SocketFile& operator=(const SocketFile&) = delete;
    ~SocketFile();

private:
    std::string path_;
};

struct ListeningSocket {
    UniqueFd fd; // not blocking, close-on-exec
    Endpoint endpoint;
    bool orchestrator = false; // who comes here and asks for no subprotocol speaks that dialect
    bool control = false;      // for whom compositord runs
    SocketFile file;
};

/// Port 0 lets the system choose. Fails with EADDRINUSE if somebody else listens there; the file of a Unix
/// socket that nobody listens on is replaced.
Result<ListeningSocket> listenOn(const Endpoint& endpoint);

/// The control socket; its folder is made if it is not there, for this user only.
Result<ListeningSocket> listenForOwner(const std::string& path);

/// Takes over a socket that the service manager made.
Result<ListeningSocket> adoptListening(UniqueFd fd);

} // namespace compositord
