#include "web/listener.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace compositord {

namespace {

constexpr int kBacklog = 1024; // a page that opens many connections at once must not be refused

struct Address {
    sockaddr_storage storage{};
    socklen_t length = 0;
    bool loopback = false;
};

Result<Address> parse(const std::string& text, std::uint16_t port) {
    Address result;
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        std::memcpy(&result.storage, &v4, sizeof v4);
        result.length = sizeof v4;
        result.loopback = (ntohl(v4.sin_addr.s_addr) >> 24U) == IN_LOOPBACKNET;
        return result;
    }
    if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        std::memcpy(&result.storage, &v6, sizeof v6);
        result.length = sizeof v6;
        result.loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
        return result;
    }
    return failure(EINVAL, "the address to listen on must be numeric, such as 127.0.0.1", text);
}

std::uint16_t boundPort(int fd) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length);
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &storage, sizeof v6);
        return ntohs(v6.sin6_port);
    }
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof v4);
    return ntohs(v4.sin_port);
}

} // namespace

std::string urlHost(const std::string& address) {
    return address.contains(':') ? "[" + address + "]" : address;
}

Result<ListeningSocket> listenOn(const std::string& address, std::uint16_t port) {
    const auto parsed = parse(address, port);
    if (!parsed) {
        return std::unexpected(parsed.error());
    }
    if (!parsed->loopback) {
        return failure(
            EPERM, "listening beyond loopback would let anyone on the network see and move windows", address);
    }
    const std::string where = fmt::format("{}:{}", urlHost(address), port);
    UniqueFd fd(::socket(parsed->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) {
        return failure(errno, "cannot create a socket", where);
    }
    // A restart must not wait for the last connections of the earlier run to time out.
    const int on = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&parsed->storage), parsed->length) < 0 ||
        ::listen(fd.get(), kBacklog) < 0) {
        return failure(errno, "cannot listen; use --port for another port", where);
    }
    const std::uint16_t bound = boundPort(fd.get());
    return ListeningSocket{std::move(fd), bound};
}

} // namespace compositord
