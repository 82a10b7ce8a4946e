// When to look for a compositor's socket again: soon after a file comes into its folder, and now and then.
#pragma once

#include "base/backoff.hpp"
#include "base/event_loop.hpp"

#include <functional>
#include <memory>
#include <string>

namespace compositord {

class Reconnection {
public:
    /// `prefix`: what the socket's name in its folder begins with.
    static Result<std::unique_ptr<Reconnection>>
    create(EventLoop& loop, std::string folder, std::string prefix, std::move_only_function<void()> tryAgain);

    Reconnection(const Reconnection&) = delete;
    Reconnection& operator=(const Reconnection&) = delete;
    ~Reconnection() = default;

    /// The attempt failed, or the connection was lost: calls tryAgain later.
    void wait();

    /// There is a connection.
    void succeeded();

private:
    Reconnection(std::string folder, std::string prefix, std::move_only_function<void()> tryAgain);

    std::string folder_;
    std::string prefix_;
    std::move_only_function<void()> tryAgain_;
    Backoff backoff_;
    bool waits_ = false;
    EventLoop* loop_ = nullptr;
    EventSource retry_;
    EventSource watch_;
};

} // namespace compositord
