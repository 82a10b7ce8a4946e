// The least that could do compositord's job: what comes from a Unix socket goes to all WebSocket clients as
// it is. Inherits the Unix socket as descriptor 3, prints the TCP port it listens on, ends when the Unix
// socket closes.
#include "socket.hpp"

#include <fmt/core.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <string>
#include <string_view>

namespace bench {

namespace {

constexpr int kSource = 3;
constexpr std::size_t kHeaderRoom = 10;
constexpr std::size_t kLargest = 65536;

class Relay {
public:
    Relay() : epoll_(check(epoll_create1(EPOLL_CLOEXEC), "epoll")), listener_(listenOnLoopback()) {
        watch(epoll_, kSource);
        watch(epoll_, listener_.get());
    }

    void run() {
        std::array<epoll_event, 64> events{};
        for (;;) {
            const int count = check(epoll_wait(epoll_.get(), events.data(), events.size(), -1), "epoll_wait");
            for (int i = 0; i < count; ++i) {
                const int fd = events.at(static_cast<std::size_t>(i)).data.fd;
                if (fd == listener_.get()) {
                    accept();
                } else if (fd != kSource) {
                    readClient(fd);
                } else if (!pass()) {
                    return;
                }
            }
        }
    }

private:
    static Fd listenOnLoopback() {
        Fd listener(check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        check(bind(listener.get(), generic, size), "bind");
        check(listen(listener.get(), SOMAXCONN), "listen");
        check(getsockname(listener.get(), generic, &size), "getsockname");
        fmt::print("{}\n", ntohs(address.sin_port));
        std::fflush(stdout);
        return listener;
    }

    void accept() {
        const int fd =
            check(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC), "accept");
        const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        clients_.emplace(fd, Fd(fd));
        watch(epoll_, fd);
    }

    /// Answers the handshake; the audience does not check the key, and says nothing after it.
    void readClient(int fd) {
        std::array<char, 4096> request{};
        const ssize_t size = recv(fd, request.data(), request.size(), 0);
        if (size <= 0) {
            clients_.erase(fd);
            return;
        }
        constexpr std::string_view kAnswer =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
        if (std::string_view(request.data(), static_cast<std::size_t>(size)).starts_with("GET ")) {
            send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
        }
    }

    bool pass() {
        const ssize_t size = recv(kSource, buffer_.data() + kHeaderRoom, kLargest, 0);
        if (size <= 0) {
            return false;
        }
        std::array<std::uint8_t, kHeaderRoom> header{};
        const std::size_t headerSize = writeFrameHeader(header.data(), static_cast<std::size_t>(size));
        std::uint8_t* const frame = buffer_.data() + kHeaderRoom - headerSize;
        std::copy_n(header.data(), headerSize, frame);
        for (const auto& [fd, owner] : clients_) {
            send(fd, frame, headerSize + static_cast<std::size_t>(size), MSG_NOSIGNAL);
        }
        return true;
    }

    Fd epoll_;
    Fd listener_;
    std::map<int, Fd> clients_;
    std::array<std::uint8_t, kHeaderRoom + kLargest> buffer_{};
};

} // namespace

} // namespace bench

int main() {
    try {
        bench::Relay().run();
    } catch (const std::exception& error) {
        fmt::print(stderr, "relay: {}\n", error.what());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
