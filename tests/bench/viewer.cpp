// One WebSocket client that checks that what it is told comes in order.
#include "viewer.hpp"

#include <fmt/core.h>

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <string_view>

namespace bench {

namespace {

constexpr std::uint8_t kText = 1;
constexpr std::uint8_t kClose = 8;
constexpr std::uint8_t kPing = 9;
constexpr std::string_view kRevision = "\"revision\":";

} // namespace

Viewer::Viewer(int port, int receiveBuffer) : fd_(connectTo(port, receiveBuffer)) {
    const std::string request =
        fmt::format("GET / HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Protocol: compositord.v1.json\r\n"
                    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                    port);
    check(static_cast<int>(send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL)), "send");
}

void Viewer::read() {
    std::array<char, 65536> chunk; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
    const ssize_t size = recv(fd_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (check(static_cast<int>(size), "recv") == 0) {
        throw std::runtime_error("the server closed a connection");
    }
    received_.append(chunk.data(), static_cast<std::size_t>(size));
    if (!open_) {
        const std::size_t end = received_.find("\r\n\r\n");
        if (end == std::string::npos) {
            return;
        }
        if (!received_.starts_with("HTTP/1.1 101")) {
            throw std::runtime_error("handshake refused: " + received_.substr(0, received_.find('\r')));
        }
        received_.erase(0, end + 4);
        open_ = true;
    }
    std::size_t taken = 0;
    const std::string_view all = received_;
    for (FrameView frame = parseFrame(all); frame.size > 0; frame = parseFrame(all.substr(taken))) {
        taken += frame.size;
        if (frame.opcode == kClose) {
            throw std::runtime_error("the server closed a connection");
        }
        if (frame.opcode == kPing) {
            answer(frame.payload);
        }
        if (frame.opcode == kText) {
            take(frame.payload);
        }
    }
    received_.erase(0, taken);
}

void Viewer::answer(std::string_view ping) {
    constexpr char kFinalPong = '\x8a';
    constexpr char kMasked = '\x80';
    std::string pong{kFinalPong, static_cast<char>(kMasked | static_cast<char>(ping.size())), 0, 0, 0, 0};
    pong += ping; // the mask is 0, which changes nothing
    check(static_cast<int>(send(fd_.get(), pong.data(), pong.size(), MSG_NOSIGNAL)), "send");
}

void Viewer::take(std::string_view message) {
    const std::size_t at = message.find(kRevision);
    if (at == std::string_view::npos || message.contains("\"type\":\"Hello\"")) {
        return;
    }
    std::uint64_t revision = 0;
    const char* const number = message.data() + at + kRevision.size();
    std::from_chars(number, message.data() + message.size(), revision);
    if (revision <= revision_) {
        throw std::runtime_error(fmt::format("revision {} came after {}", revision, revision_));
    }
    revision_ = revision;
    ++frames_;
    last_.assign(message);
}

} // namespace bench
