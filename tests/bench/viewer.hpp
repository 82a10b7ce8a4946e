// One WebSocket client that checks that what it is told comes in order.
#pragma once

#include "socket.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

class Viewer {
public:
    /// Begins to connect to a port of this machine; read() does the rest.
    /// receiveBuffer: bytes that it takes without being read; 0 for what is usual.
    explicit Viewer(int port, int receiveBuffer = 0);

    int descriptor() const { return fd_.get(); }

    /// Takes what has come. Throws std::runtime_error if that is not what a server may say, if the
    /// connection ended, or if a revision is not later than the one before.
    void read();

    /// Messages that were about the world.
    std::uint64_t frames() const { return frames_; }

    /// The newest of them.
    const std::string& last() const { return last_; }

private:
    void answer(std::string_view ping);
    void take(std::string_view message);

    Fd fd_;
    bool open_ = false;
    std::string received_;
    std::string last_;
    std::uint64_t frames_ = 0;
    std::uint64_t revision_ = 0;
};

} // namespace bench
