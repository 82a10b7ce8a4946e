// Has the loop tell what the log held back, some time after the last line. While nothing is held back there
// is no timer, so that it wakes nobody.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"

#include <memory>

namespace compositord {

class LogFlush {
public:
    static Result<std::unique_ptr<LogFlush>> create(EventLoop& loop, const Log& log);

    LogFlush(const LogFlush&) = delete;
    LogFlush& operator=(const LogFlush&) = delete;
    ~LogFlush();

private:
    explicit LogFlush(Log log) : log_(std::move(log)) {}

    Log log_;
    EventSource timer_;
    bool armed_ = false;
};

} // namespace compositord
