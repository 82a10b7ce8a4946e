#include "web/wakeups.hpp"

#include <algorithm>

namespace compositord {

Result<std::unique_ptr<Wakeups>> Wakeups::create(EventLoop& loop, Handler handler) {
    std::unique_ptr<Wakeups> wakeups(new Wakeups(std::move(handler)));
    auto timer = loop.addTimer([target = wakeups.get()] { target->onTimer(); });
    if (!timer) {
        return std::unexpected(timer.error());
    }
    wakeups->timer_ = std::move(*timer);
    return wakeups;
}

void Wakeups::wakeAt(Client& client, Clock::time_point time) {
    const auto known = byClient_.find(&client);
    if (known != byClient_.end()) {
        if (known->second->first <= time) {
            return;
        }
        queue_.erase(known->second);
        known->second = queue_.emplace(time, &client);
    } else {
        byClient_.emplace(&client, queue_.emplace(time, &client));
    }
    arm();
}

void Wakeups::forget(Client& client) {
    const auto known = byClient_.find(&client);
    if (known != byClient_.end()) {
        queue_.erase(known->second);
        byClient_.erase(known);
    }
}

void Wakeups::onTimer() {
    armedFor_ = Clock::time_point::max();
    const auto now = Clock::now();
    while (!queue_.empty() && queue_.begin()->first <= now) {
        Client* client = queue_.begin()->second;
        forget(*client);
        handler_(*client);
    }
    arm();
}

void Wakeups::arm() {
    // A timer that fires too early only looks again; one is never set later than needed.
    if (queue_.empty() || queue_.begin()->first >= armedFor_) {
        return;
    }
    armedFor_ = queue_.begin()->first;
    const auto delay = std::chrono::ceil<std::chrono::microseconds>(armedFor_ - Clock::now());
    timer_.arm(std::max(delay, std::chrono::microseconds(0)));
}

} // namespace compositord
