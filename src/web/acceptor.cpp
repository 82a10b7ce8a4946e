#include "web/acceptor.hpp"

#include <fmt/format.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <string>
#include <utility>

namespace compositord {

namespace {

// What the kernel buffers for a client is state on its way that gets old: enough for a burst, no more.
constexpr int kSendBuffer = 128 * 1024;

// And of that what the network does not even have yet.
constexpr int kUnsent = 16 * 1024;

} // namespace

Result<> Acceptor::add(EventLoop& loop, ListeningSocket socket) {
    auto listener = std::make_unique<Listener>();
    const bool isUnix = socket.endpoint.isUnix();
    listener->door = {.port = isUnix ? std::uint16_t{0} : socket.endpoint.port,
                      .orchestrator = socket.orchestrator,
                      .encrypted = encrypted_ && !isUnix,
                      .control = socket.control};
    listener->socket = std::move(socket);
    auto source = loop.addIo(listener->socket.fd.get(), EPOLLIN,
                             [this, target = listener.get()](std::uint32_t) { accept(*target); });
    if (!source) {
        return std::unexpected(source.error());
    }
    listener->source = *std::move(source);
    listeners_.push_back(std::move(listener));
    return {};
}

void Acceptor::accept(const Listener& listener) {
    for (;;) {
        UniqueFd fd(::accept4(listener.socket.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd) {
            return; // EAGAIN; any other error concerns that one connection, or comes again
        }
        admit(std::move(fd), listener.door);
    }
}

void Acceptor::admit(UniqueFd fd, const Door& door) {
    auto connection = connections_.add(peerOf(fd.get()), door);
    if (!connection) {
        turnAway(fd, connection.error(), door.encrypted);
        return;
    }
    setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsent, sizeof kUnsent); // not for Unix sockets
    handler_(std::move(fd), **connection);
}

void Acceptor::turnAway(const UniqueFd& fd, std::string_view limit, bool encrypted) {
    refusals_.note("connections", fmt::format("a connection beyond {}", limit));
    if (!encrypted) {
        // Best effort: whoever has said something already sees only that the connection ends.
        constexpr std::string_view answer = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n"
                                            "retry-after: 10\r\nconnection: close\r\n\r\n";
        static_cast<void>(::send(fd.get(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
        ::shutdown(fd.get(), SHUT_WR);
    }
}

} // namespace compositord
