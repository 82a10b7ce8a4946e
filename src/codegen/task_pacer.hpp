// How fast tasks may be begun that nobody asked for: so many an hour, and after failures in a row none for a
// while.
#pragma once

#include "world/session.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace compositord {

class TaskPacer {
public:
    struct Settings {
        std::size_t mostPerHour = 6;
        std::size_t mostFailures = 3; // in a row
        std::chrono::milliseconds coolDown{1800000};
    };

    /// `started`: when earlier ones were, as an earlier run of the program has kept it.
    TaskPacer(Settings settings, std::vector<WallTime> started)
        : settings_(settings), started_(std::move(started)) {}

    /// How long to wait until the next one may be begun; none: it may now.
    std::optional<std::chrono::milliseconds> wait(WallTime now);

    void onStarted(WallTime now);
    void onEnded(bool ok, WallTime now);

    std::size_t startedInLastHour(WallTime now);

    std::optional<WallTime> coolsDownUntil(WallTime now) const;

    std::size_t failuresInRow() const { return failures_; }

    const std::vector<WallTime>& started() const { return started_; }

private:
    void forgetOld(WallTime now);

    Settings settings_;
    std::vector<WallTime> started_; // within an hour, oldest first
    std::size_t failures_ = 0;
    std::optional<WallTime> until_;
};

} // namespace compositord
