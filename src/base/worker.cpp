#include "base/worker.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace compositord {

struct Worker::Shared {
    UniqueFd wake; // tells the loop that there are completions
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Job> jobs;
    std::vector<Completion> completions;
    bool busy = false;
    bool ending = false;

    void run() {
        std::unique_lock lock(mutex);
        while (true) {
            changed.wait(lock, [this] { return ending || !jobs.empty(); });
            if (ending) {
                return;
            }
            Job job = std::move(jobs.front());
            jobs.pop_front();
            busy = true;
            lock.unlock();
            Completion completion = job();
            job = nullptr;
            lock.lock();
            busy = false;
            completions.push_back(std::move(completion));
            changed.notify_all();
            eventfd_write(wake.get(), 1);
        }
    }
};

Worker::Worker() : shared_(std::make_shared<Shared>()) {}

Result<std::unique_ptr<Worker>> Worker::create(EventLoop& loop) {
    std::unique_ptr<Worker> worker(new Worker);
    worker->shared_->wake = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!worker->shared_->wake) {
        return failure(errno, "cannot create an eventfd");
    }
    auto source = loop.addIo(worker->shared_->wake.get(), EPOLLIN,
                             [self = worker.get()](std::uint32_t) { self->complete(); });
    if (!source) {
        return std::unexpected(source.error());
    }
    worker->completed_ = std::move(*source);
    // Signals are the loop's: the thread takes none.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([shared = worker->shared_] { shared->run(); }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return worker;
}

Worker::~Worker() {
    const std::scoped_lock lock(shared_->mutex);
    shared_->ending = true;
    shared_->jobs.clear();
    shared_->changed.notify_all();
}

void Worker::submit(Job job) {
    const std::scoped_lock lock(shared_->mutex);
    shared_->jobs.push_back(std::move(job));
    shared_->changed.notify_all();
}

void Worker::complete() {
    eventfd_t count = 0;
    eventfd_read(shared_->wake.get(), &count);
    std::vector<Completion> completions;
    {
        const std::scoped_lock lock(shared_->mutex);
        completions.swap(shared_->completions);
    }
    for (Completion& completion : completions) {
        completion();
    }
}

bool Worker::drain(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    std::unique_lock lock(shared_->mutex);
    // A completion may submit the next job.
    while (shared_->busy || !shared_->jobs.empty() || !shared_->completions.empty()) {
        if (shared_->completions.empty() &&
            shared_->changed.wait_until(lock, deadline) == std::cv_status::timeout) {
            return false;
        }
        lock.unlock();
        complete();
        lock.lock();
    }
    return true;
}

} // namespace compositord
