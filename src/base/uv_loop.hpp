// The libuv loop that libwebsockets runs on, nested in the program's sd-event loop.
// Debian's libwebsockets 4.1 has no sd-event back end; its libuv one accepts a foreign loop.
#pragma once

#include "base/event_loop.hpp"

#include <uv.h>

#include <memory>

namespace compositord {

class UvLoop {
public:
    static Result<std::unique_ptr<UvLoop>> create(EventLoop& loop);

    UvLoop(const UvLoop&) = delete;
    UvLoop& operator=(const UvLoop&) = delete;

    /// Finishes what its handles' owners left to close; they must be gone.
    ~UvLoop();

    uv_loop_t* get() { return &uv_; }

    /// Runs until all handles are closed, as far as their owners have begun to close them.
    void drain();

private:
    UvLoop() = default;
    Result<> attach(EventLoop& loop);
    void runOnce();
    void beforeWait();

    uv_loop_t uv_{};
    bool timerArmed_ = false;
    EventSource descriptor_;
    EventSource timer_;
};

} // namespace compositord
