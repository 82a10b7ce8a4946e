// A time limit that can be held: what passes meanwhile does not count.
#pragma once

#include "base/event_loop.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace compositord {

class Deadline {
public:
    Deadline() = default;

    explicit Deadline(EventSource timer) : timer_(std::move(timer)) {}

    /// The limit begins. Zero: there is none.
    void begin(std::chrono::milliseconds limit) {
        left_ = limit;
        running_ = false;
        timer_.disarm();
        goOn();
    }

    void hold() {
        if (std::exchange(running_, false)) {
            timer_.disarm();
            const auto passed =
                std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - since_);
            left_ = std::max(left_ - passed, std::chrono::milliseconds{1});
        }
    }

    void goOn() {
        if (left_.count() > 0 && !std::exchange(running_, true)) {
            since_ = std::chrono::steady_clock::now();
            timer_.arm(left_);
        }
    }

    void end() {
        left_ = std::chrono::milliseconds{0};
        running_ = false;
        timer_.disarm();
    }

private:
    EventSource timer_;
    std::chrono::milliseconds left_{0};
    std::chrono::steady_clock::time_point since_;
    bool running_ = false;
};

} // namespace compositord
