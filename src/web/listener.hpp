// The listening TCP socket, made by ourselves so that its errors are clear and its port is known.
#pragma once

#include "base/error.hpp"
#include "base/handle.hpp"

#include <cstdint>
#include <string>

namespace compositord {

struct ListeningSocket {
    UniqueFd fd; // not blocking, close-on-exec
    std::uint16_t port;
};

/// `address` is a numeric loopback address, IPv4 or IPv6; `port` 0 lets the system choose. Fails with
/// EADDRINUSE if somebody else has the port, and with EPERM for an address beyond loopback.
Result<ListeningSocket> listenOn(const std::string& address, std::uint16_t port);

/// As it stands in an URL: IPv6 addresses in brackets.
std::string urlHost(const std::string& address);

} // namespace compositord
