// How long to wait before the next of several attempts: longer each time, and never all at once with others
// that wait for the same.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace compositord {

class Backoff {
public:
    Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest)
        : first_(first), longest_(longest), bound_(first) {}

    /// From half of the bound to the bound, which this doubles.
    std::chrono::milliseconds next() {
        std::random_device random;
        std::uniform_int_distribution<std::int64_t> part(bound_.count() / 2, bound_.count());
        bound_ = std::min(bound_ * 2, longest_);
        return std::chrono::milliseconds(part(random));
    }

    /// What was waited for is there, or about to be.
    void reset() { bound_ = first_; }

    /// It will not be there soon.
    void giveUp() { bound_ = longest_; }

private:
    std::chrono::milliseconds first_;
    std::chrono::milliseconds longest_;
    std::chrono::milliseconds bound_;
};

} // namespace compositord
