#include "compositor/reconnection.hpp"

#include <sys/inotify.h>

#include <string_view>

namespace compositord {

namespace {

// The folder is watched as well, so that this bounds only what inotify cannot see.
constexpr std::chrono::milliseconds kFirstDelay{250};
constexpr std::chrono::milliseconds kLongestDelay{30000};

// A socket is bound before it is listened on: come back in a moment, not now.
constexpr std::chrono::milliseconds kAfterItCame{20};

} // namespace

Reconnection::Reconnection(std::string folder, std::string prefix, std::move_only_function<void()> tryAgain)
    : folder_(std::move(folder)), prefix_(std::move(prefix)), tryAgain_(std::move(tryAgain)),
      backoff_(kFirstDelay, kLongestDelay) {}

Result<std::unique_ptr<Reconnection>> Reconnection::create(EventLoop& loop, std::string folder,
                                                           std::string prefix,
                                                           std::move_only_function<void()> tryAgain) {
    std::unique_ptr<Reconnection> made(
        new Reconnection(std::move(folder), std::move(prefix), std::move(tryAgain)));
    auto retry = loop.addTimer([self = made.get()] { self->tryAgain_(); });
    if (!retry) {
        return std::unexpected(retry.error());
    }
    made->retry_ = std::move(*retry);
    made->loop_ = &loop;
    return made;
}

void Reconnection::wait() {
    waits_ = true;
    if (!watch_) {
        // Without it, the timer is all there is.
        auto watch = loop_->addInotify(folder_, IN_CREATE | IN_MOVED_TO, [this](const inotify_event& event) {
            if (waits_ && event.len > 0 &&
                std::string_view(static_cast<const char*>(event.name)).starts_with(prefix_)) {
                backoff_.reset();
                retry_.arm(kAfterItCame);
            }
        });
        if (watch) {
            watch_ = std::move(*watch);
        }
    }
    retry_.arm(backoff_.next());
}

void Reconnection::succeeded() {
    waits_ = false;
    retry_.disarm();
    backoff_.reset();
}

} // namespace compositord
