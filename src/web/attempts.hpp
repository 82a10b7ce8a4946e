// Slows down who guesses tokens: after a few wrong ones in a row, a peer's next ones are not even looked at.
#pragma once

#include "web/rate_limit.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace compositord {

class Attempts {
public:
    using Time = RateLimit::Time;

    /// Whether a token that this peer shows may be looked at.
    bool allowed(std::string_view peer, Time now);

    /// It was wrong. The same wrong one again is no further guess: a page that was opened with an old token
    /// shows it with each request.
    void failed(std::string_view peer, std::string_view token, Time now);

private:
    struct Guesses {
        RateLimit limit;
        std::size_t last; // a hash of it
    };

    std::map<std::string, Guesses, std::less<>> byPeer_;
};

} // namespace compositord
