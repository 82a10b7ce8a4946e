#include "session/subscribers.hpp"

#include <exception>
#include <utility>

namespace compositord {

SessionService::Subscription SessionSubscribers::add(SessionService::Listener listener) {
    auto entry = std::make_shared<Entry>(std::move(listener), happened_);
    entries_.push_back(entry);
    return SessionService::Subscription(std::move(entry));
}

void SessionSubscribers::tell(const SessionId& session, SharedSessionEvent event) {
    tellAll({session, std::move(event)});
}

void SessionSubscribers::tellForgotten(const SessionId& session) {
    tellAll({session, nullptr});
}

void SessionSubscribers::tellAll(News news) {
    ++happened_;
    waiting_.push_back(std::move(news));
    if (telling_) {
        return; // whoever made this happen inside a listener: the others hear of what was before first
    }
    telling_ = true;
    while (!waiting_.empty()) {
        const News next = std::move(waiting_.front());
        waiting_.pop_front();
        ++told_;
        for (auto at = entries_.begin(); at != entries_.end();) {
            const auto entry = at->lock(); // lives until it has been told, even if it leaves now
            at = entry ? std::next(at) : entries_.erase(at);
            if (entry && entry->since < told_) {
                tellOne(*entry, next);
            }
        }
    }
    telling_ = false;
}

void SessionSubscribers::tellOne(Entry& entry, const News& news) {
    // A bug of one outlet is neither the others' fault nor the session's.
    try {
        if (news.event == nullptr) {
            if (entry.listener.onForgotten) {
                entry.listener.onForgotten(news.session);
            }
            return;
        }
        if (const Session* session = find_(news.session); session != nullptr && entry.listener.onEvent) {
            entry.listener.onEvent(*session, *news.event);
        }
    } catch (const std::exception& problem) {
        log_.error("one who listens to sessions failed: {}", problem.what());
    }
}

} // namespace compositord
