// So many at once, and so many per second after that.
#pragma once

#include <algorithm>
#include <chrono>

namespace compositord {

class RateLimit {
public:
    using Time = std::chrono::steady_clock::time_point;

    RateLimit(double burst, double perSecond) : burst_(burst), perSecond_(perSecond), left_(burst) {}

    /// Whether one more is within the limit; if so it counts.
    bool take(Time now) {
        left_ = leftAt(now);
        last_ = std::max(last_, now);
        if (left_ < 1) {
            return false;
        }
        left_ -= 1;
        return true;
    }

    /// Whether one more would be.
    bool open(Time now) const { return leftAt(now) >= 1; }

    /// Whether nothing counts any more.
    bool idle(Time now) const { return leftAt(now) >= burst_; }

private:
    double leftAt(Time now) const {
        const double seconds = std::chrono::duration<double>(std::max(now, last_) - last_).count();
        return std::min(burst_, left_ + seconds * perSecond_);
    }

    double burst_;
    double perSecond_;
    double left_;
    Time last_;
};

} // namespace compositord
