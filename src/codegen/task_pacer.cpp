#include "codegen/task_pacer.hpp"

#include <algorithm>

namespace compositord {

namespace {

constexpr std::chrono::hours kHour{1};

} // namespace

void TaskPacer::forgetOld(WallTime now) {
    // What is in the future was kept before the clock was set back.
    std::erase_if(started_, [now](WallTime time) { return time + kHour <= now || time > now; });
}

std::optional<std::chrono::milliseconds> TaskPacer::wait(WallTime now) {
    forgetOld(now);
    if (const auto until = coolsDownUntil(now)) {
        return *until - now;
    }
    if (started_.size() >= settings_.mostPerHour) {
        return settings_.mostPerHour == 0 ? std::chrono::milliseconds(kHour)
                                          : started_[started_.size() - settings_.mostPerHour] + kHour - now;
    }
    return std::nullopt;
}

void TaskPacer::onStarted(WallTime now) {
    forgetOld(now);
    started_.push_back(now);
}

void TaskPacer::onEnded(bool ok, WallTime now) {
    failures_ = ok ? 0 : failures_ + 1;
    if (failures_ >= settings_.mostFailures) {
        until_ = now + settings_.coolDown;
    }
    if (ok) {
        until_.reset();
    }
}

std::size_t TaskPacer::startedInLastHour(WallTime now) {
    forgetOld(now);
    return started_.size();
}

std::optional<WallTime> TaskPacer::coolsDownUntil(WallTime now) const {
    return until_ && *until_ > now ? until_ : std::nullopt;
}

} // namespace compositord
