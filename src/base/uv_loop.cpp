#include "base/uv_loop.hpp"

#include <sys/epoll.h>

#include <chrono>
#include <utility>

namespace compositord {

namespace {

// Closing a handle takes a turn of the loop or two; this only keeps a bug from hanging the program's end.
constexpr int kMostClosingTurns = 1000;

// A turn may make work for the next one at once, but must not keep the other sources waiting.
constexpr int kMostTurnsBeforeWait = 4;

} // namespace

Result<std::unique_ptr<UvLoop>> UvLoop::create(EventLoop& loop) {
    std::unique_ptr<UvLoop> result(new UvLoop);
    if (const int code = uv_loop_init(&result->uv_); code < 0) {
        return failure(-code, "cannot create the libuv loop");
    }
    if (auto attached = result->attach(loop); !attached) {
        return std::unexpected(attached.error());
    }
    return result;
}

Result<> UvLoop::attach(EventLoop& loop) {
    auto descriptor = loop.addIo(uv_backend_fd(&uv_), EPOLLIN, [this](std::uint32_t) { runOnce(); });
    if (!descriptor) {
        return std::unexpected(descriptor.error());
    }
    descriptor_ = std::move(*descriptor);

    auto timer = loop.addTimer([this] {
        timerArmed_ = false;
        runOnce();
    });
    if (!timer) {
        return std::unexpected(timer.error());
    }
    timer_ = std::move(*timer);
    descriptor_.prepare([this] { beforeWait(); });
    return {};
}

UvLoop::~UvLoop() {
    drain();
    uv_loop_close(&uv_);
}

void UvLoop::drain() {
    for (int turn = 0; turn < kMostClosingTurns && uv_run(&uv_, UV_RUN_NOWAIT) != 0; ++turn) {
    }
}

void UvLoop::runOnce() {
    uv_run(&uv_, UV_RUN_NOWAIT);
}

void UvLoop::beforeWait() {
    // libuv registers descriptors with its epoll instance inside uv_run only: whatever touched a connection
    // since the last run is not being watched yet.
    int timeout = 0;
    for (int turn = 0; turn < kMostTurnsBeforeWait && timeout == 0; ++turn) {
        runOnce();
        timeout = uv_backend_timeout(&uv_);
    }
    if (timeout >= 0) {
        timer_.arm(std::chrono::milliseconds(timeout));
        timerArmed_ = true;
    } else if (std::exchange(timerArmed_, false)) {
        timer_.disarm();
    }
}

} // namespace compositord
