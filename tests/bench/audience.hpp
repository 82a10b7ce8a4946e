// N WebSocket clients in one thread, that wait until each of them has had a message.
#pragma once

#include "socket.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <unordered_map>

namespace bench {

using Clock = std::chrono::steady_clock;

/// When the first client, and when the last one, had the message.
struct Arrival {
    Clock::time_point first;
    Clock::time_point last;
};

class Audience {
public:
    Audience(int port, std::size_t clients);

    /// Waits until each client has had one more text frame that contains this; helps runs whenever fd has
    /// input.
    Arrival await(const std::string& wanted, int fd, const std::function<void()>& help);

    /// The payload of the last text frame that was waited for.
    const std::string& text() const { return text_; }

    std::size_t size() const { return clients_.size(); }

private:
    struct Client {
        Fd fd;
        std::string received;
        bool served = false;
    };

    bool read(Client& client, const std::string& wanted);
    bool scan(Client& client, const std::string& wanted);

    Fd epoll_;
    std::unordered_map<int, Client> clients_;
    std::string text_;
};

} // namespace bench
