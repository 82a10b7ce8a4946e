// How fast a client may send messages: what is too much is dropped, and too much of that ends the connection.
#pragma once

#include "web/rate_limit.hpp"

#include <cstdint>

namespace compositord {

class Pace {
public:
    enum class Verdict : std::uint8_t { fine, tooFast, stillTooFast, hopeless };

    /// One more message came.
    Verdict next(RateLimit::Time now) {
        if (limit_.idle(now)) {
            dropped_ = 0;
        }
        if (limit_.take(now)) {
            return Verdict::fine;
        }
        ++dropped_;
        return dropped_ == 1             ? Verdict::tooFast
               : dropped_ > kMostDropped ? Verdict::hopeless
                                         : Verdict::stillTooFast;
    }

private:
    // A page that sends the camera at 240 Hz and every motion of a pointer at 1,000 Hz stays below.
    static constexpr double kPerSecond = 2000;
    static constexpr double kBurst = 4000;
    static constexpr unsigned kMostDropped = 2000;

    RateLimit limit_{kBurst, kPerSecond};
    unsigned dropped_ = 0; // since it was last at rest
};

} // namespace compositord
