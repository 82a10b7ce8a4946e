// Descriptors and the few bytes of WebSocket that the relay and the audience need.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace bench {

class Fd {
public:
    Fd() = default;

    explicit Fd(int fd) : fd_(fd) {}

    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

    Fd& operator=(Fd&& other) noexcept {
        Fd old(std::exchange(fd_, std::exchange(other.fd_, -1)));
        return *this;
    }

    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;

    ~Fd() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    int get() const { return fd_; }

private:
    int fd_ = -1;
};

/// Throws std::system_error if a system call failed.
int check(int result, const char* what);

/// A connection to a port of this machine.
Fd connectTo(int port);

/// A descriptor of an epoll set that watches for input.
void watch(const Fd& epoll, int fd);

/// Writes the header of an unmasked text frame before a payload of this size; returns the header's size.
std::size_t writeFrameHeader(std::uint8_t* out, std::size_t payload);

/// A WebSocket frame at the beginning of received bytes.
struct FrameView {
    std::uint8_t opcode = 0;
    std::string_view payload;
    std::size_t size = 0; // of the whole frame; 0 if it is not complete
};

FrameView parseFrame(std::string_view bytes);

/// A text frame as a client sends it; the mask is 0, which changes nothing.
std::string clientFrame(std::string_view text);

} // namespace bench
