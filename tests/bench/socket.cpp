// Descriptors and the few bytes of WebSocket that the relay and the audience need.
#include "socket.hpp"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace bench {

namespace {

constexpr std::size_t kShort = 125;
constexpr std::size_t kMedium = 65535;
constexpr std::uint8_t kMediumMark = 126;
constexpr std::uint8_t kLongMark = 127;
constexpr std::uint8_t kFinalText = 0x81;

} // namespace

int check(int result, const char* what) {
    if (result < 0) {
        throw std::system_error(errno, std::generic_category(), what);
    }
    return result;
}

Fd connectTo(int port) {
    Fd fd(check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), "connect");
    return fd;
}

void watch(const Fd& epoll, int fd) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
    check(epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

std::size_t writeFrameHeader(std::uint8_t* out, std::size_t payload) {
    const auto byte = [payload](unsigned shift) { return static_cast<std::uint8_t>(payload >> shift); };
    out[0] = kFinalText;
    if (payload <= kShort) {
        out[1] = byte(0);
        return 2;
    }
    if (payload <= kMedium) {
        out[1] = kMediumMark;
        out[2] = byte(8);
        out[3] = byte(0);
        return 4;
    }
    out[1] = kLongMark;
    for (unsigned i = 0; i < 8; ++i) {
        out[2 + i] = byte(56 - 8 * i);
    }
    return 10;
}

FrameView parseFrame(std::string_view bytes) {
    const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
    if (bytes.size() < 2) {
        return {};
    }
    std::size_t header = 2;
    std::size_t payload = byte(1) & 0x7fU;
    if (payload >= kMediumMark) {
        const std::size_t digits = payload == kMediumMark ? 2 : 8;
        header += digits;
        if (bytes.size() < header) {
            return {};
        }
        payload = 0;
        for (std::size_t i = 2; i < header; ++i) {
            payload = payload << 8U | byte(i);
        }
    }
    if (bytes.size() < header + payload) {
        return {};
    }
    return {.opcode = static_cast<std::uint8_t>(byte(0) & 0x0fU),
            .payload = bytes.substr(header, payload),
            .size = header + payload};
}

std::string clientFrame(std::string_view text) {
    std::string frame(10, '\0');
    frame.resize(writeFrameHeader(reinterpret_cast<std::uint8_t*>(frame.data()), text.size()));
    frame[1] = static_cast<char>(static_cast<std::uint8_t>(frame[1]) | 0x80U);
    frame.append(4, '\0');
    frame.append(text);
    return frame;
}

} // namespace bench
