// One thread for what blocks. Jobs run on it in their order; what each returns is called on the loop's
// thread. A job owns what it works on or shares it with nobody but later jobs, so that nothing needs a lock.
#pragma once

#include "base/event_loop.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace compositord {

class Worker {
public:
    using Completion = std::move_only_function<void()>;
    using Job = std::move_only_function<Completion()>;

    static Result<std::unique_ptr<Worker>> create(EventLoop& loop);

    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Lets the thread go, in the middle of a job if it does not end: completions are not called any more.
    ~Worker();

    void submit(Job job);

    /// Waits until all jobs are done and calls their completions. Whether they were done in time.
    bool drain(std::chrono::milliseconds patience);

private:
    struct Shared;
    Worker();
    void complete();

    std::shared_ptr<Shared> shared_; // with the thread, which may outlive this
    EventSource completed_;
};

} // namespace compositord
