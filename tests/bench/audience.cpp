// N WebSocket clients in one thread.
#include "audience.hpp"

#include <fmt/core.h>

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>

namespace bench {

namespace {

constexpr int kPatienceMs = 20000;
constexpr std::uint8_t kText = 1;
constexpr std::uint8_t kClose = 8;

/// Returns what came after the answer's headers.
std::string shakeHands(const Fd& fd, int port) {
    const std::string request =
        fmt::format("GET / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                    port);
    check(static_cast<int>(send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL)), "send");
    std::string answer;
    std::array<char, 4096> chunk{};
    for (;;) {
        const std::size_t end = answer.find("\r\n\r\n");
        if (end != std::string::npos) {
            if (!answer.starts_with("HTTP/1.1 101")) {
                throw std::runtime_error("handshake refused: " + answer.substr(0, answer.find('\r')));
            }
            return answer.substr(end + 4);
        }
        const int size = check(static_cast<int>(recv(fd.get(), chunk.data(), chunk.size(), 0)), "recv");
        if (size == 0) {
            throw std::runtime_error("connection closed in the handshake");
        }
        answer.append(chunk.data(), static_cast<std::size_t>(size));
    }
}

} // namespace

Audience::Audience(int port, std::size_t clients) : epoll_(check(epoll_create1(EPOLL_CLOEXEC), "epoll")) {
    for (std::size_t i = 0; i < clients; ++i) {
        Fd fd = connectTo(port);
        std::string rest = shakeHands(fd, port);
        const int key = fd.get();
        watch(epoll_, key);
        clients_.emplace(key, Client{.fd = std::move(fd), .received = std::move(rest)});
    }
}

Arrival Audience::await(const std::string& wanted, int fd, const std::function<void()>& help) {
    if (fd >= 0) {
        watch(epoll_, fd);
    }
    Arrival arrival;
    std::size_t missing = clients_.size();
    for (auto& [key, client] : clients_) {
        // It may have come together with the end of the handshake.
        client.served = scan(client, wanted);
        missing -= client.served ? 1 : 0;
    }
    std::array<epoll_event, 256> events{};
    while (missing > 0) {
        const int count =
            check(epoll_wait(epoll_.get(), events.data(), events.size(), kPatienceMs), "epoll_wait");
        if (count == 0) {
            throw std::runtime_error(fmt::format("{} clients wait in vain for {}", missing, wanted));
        }
        for (int i = 0; i < count; ++i) {
            const int ready = events.at(static_cast<std::size_t>(i)).data.fd;
            if (ready == fd) {
                help();
            } else if (Client& client = clients_.at(ready); read(client, wanted) && !client.served) {
                client.served = true;
                if (missing == clients_.size()) {
                    arrival.first = Clock::now();
                }
                --missing;
            }
        }
    }
    arrival.last = Clock::now();
    if (fd >= 0) {
        check(epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr), "epoll_ctl");
    }
    return arrival;
}

bool Audience::read(Client& client, const std::string& wanted) {
    std::array<char, 65536> chunk; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
    const int size = check(static_cast<int>(recv(client.fd.get(), chunk.data(), chunk.size(), 0)), "recv");
    if (size == 0) {
        throw std::runtime_error("a server closed a connection");
    }
    client.received.append(chunk.data(), static_cast<std::size_t>(size));
    return scan(client, wanted);
}

bool Audience::scan(Client& client, const std::string& wanted) {
    bool found = false;
    for (FrameView frame = parseFrame(client.received); frame.size > 0; frame = parseFrame(client.received)) {
        if (frame.opcode == kClose) {
            throw std::runtime_error("a server closed a connection");
        }
        if (frame.opcode == kText && frame.payload.find(wanted) != std::string_view::npos) {
            found = true;
            text_.assign(frame.payload);
        }
        client.received.erase(0, frame.size);
    }
    return found;
}

} // namespace bench
