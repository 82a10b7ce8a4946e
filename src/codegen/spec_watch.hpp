// Tells when something in the watched folders has changed: once for what comes together, as a checkout does.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace compositord {

class SpecWatch {
public:
    static constexpr std::chrono::milliseconds kQuiet{200};    // after the last change
    static constexpr std::chrono::milliseconds kLongest{2000}; // after the first one

    /// `folders`: there may be other folders openspec than before.
    static Result<std::unique_ptr<SpecWatch>> create(EventLoop& loop, const Log& log,
                                                     std::move_only_function<void(bool folders)> onChange);

    SpecWatch(const SpecWatch&) = delete;
    SpecWatch& operator=(const SpecWatch&) = delete;
    ~SpecWatch() = default;

    /// These, and no others any more. A folder that is not there is left out. Where one is new, what happened
    /// in it before is told as a change.
    void watch(const std::vector<std::filesystem::path>& folders);

private:
    SpecWatch(EventLoop& loop, const Log& log, std::move_only_function<void(bool folders)> onChange)
        : loop_(loop), log_(log), onChange_(std::move(onChange)) {}

    void onEvent(const std::filesystem::path& folder, const inotify_event& event);
    void onSomething(bool folders);

    EventLoop& loop_;
    Log log_;
    std::move_only_function<void(bool folders)> onChange_;
    std::map<std::filesystem::path, EventSource> sources_;
    std::set<std::filesystem::path> gone_; // of these: another one of the name has to be watched anew
    EventSource quiet_;
    std::optional<std::chrono::steady_clock::time_point> first_; // of the changes that nobody was told of
    bool folders_ = false;                                       // the same
    bool full_ = false; // the system takes no more watches, and that was told
};

} // namespace compositord
