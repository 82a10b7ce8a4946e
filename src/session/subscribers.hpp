// Those who listen to sessions. Telling one of them can make things happen, make others come and go, or fail;
// each is told every event that happens while it listens, once and in order, whatever the others do.
#pragma once

#include "base/log.hpp"
#include "world/session_service.hpp"

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <utility>
#include <variant>

namespace compositord {

class SessionSubscribers {
public:
    using Find = std::function<const Session*(const SessionId&)>;

    SessionSubscribers(Log log, Find find) : log_(std::move(log)), find_(std::move(find)) {}

    SessionService::Subscription add(SessionService::Listener listener);

    void tell(const SessionId& session, SharedSessionEvent event);
    void tellForgotten(const SessionId& session);

private:
    struct Entry {
        SessionService::Listener listener;
        std::uint64_t since = 0; // news up to this number are not for it
    };

    struct News {
        SessionId session;
        SharedSessionEvent event; // null: it is forgotten
    };

    void tellAll(News news);
    void tellOne(Entry& entry, const News& news);

    Log log_;
    Find find_;
    std::list<std::weak_ptr<Entry>> entries_;
    std::deque<News> waiting_;
    std::uint64_t told_ = 0;     // of all news so far
    std::uint64_t happened_ = 0; // with those that wait
    bool telling_ = false;
};

} // namespace compositord
