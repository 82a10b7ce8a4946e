#include "base/log_flush.hpp"

#include <chrono>
#include <utility>

namespace compositord {

Result<std::unique_ptr<LogFlush>> LogFlush::create(EventLoop& loop, const Log& log) {
    std::unique_ptr<LogFlush> flush(new LogFlush(log));
    auto* self = flush.get();
    auto timer = loop.addTimer([self] {
        self->armed_ = false;
        self->log_.output().flush();
    });
    if (!timer) {
        return std::unexpected(timer.error());
    }
    flush->timer_ = std::move(*timer);
    log.output().onHeldBack([self](std::chrono::milliseconds delay) {
        if (!std::exchange(self->armed_, true)) {
            self->timer_.arm(delay);
        }
    });
    return flush;
}

LogFlush::~LogFlush() {
    log_.output().onHeldBack({});
    log_.output().flush();
}

} // namespace compositord
