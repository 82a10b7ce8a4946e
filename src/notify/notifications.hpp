// Tells of sessions on the desktop: one notification per session, which moves with it and can cancel it.
#pragma once

#include "base/error.hpp"
#include "base/event_loop.hpp"
#include "notify/notification_server.hpp"
#include "world/session_service.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace compositord {

class Notifications {
public:
    struct Settings {
        // What of the page shows a session, as a fragment of its address; empty: nothing of its own.
        std::function<std::string(const Session&)> fragment;
        std::function<std::string()> page;            // its address; empty: there is none to show
        std::function<void(const std::string&)> open; // shows the page at an address
        std::chrono::milliseconds quiet{1000};        // of a task that is shorter only the end is shown
        std::chrono::milliseconds pause{250};         // between two pictures of one session
    };

    /// The sessions and the target outlive this.
    static Result<std::unique_ptr<Notifications>> create(EventLoop& loop, SessionService& sessions,
                                                         NotificationTarget& target, Settings settings);

    Notifications(const Notifications&) = delete;
    Notifications& operator=(const Notifications&) = delete;
    ~Notifications();

private:
    using Clock = std::chrono::steady_clock;

    /// What is, was or will be shown of a session.
    struct Card {
        std::uint32_t id = 0;   // 0: not shown
        bool underway = false;  // an id is on its way
        bool stale = false;     // what is shown is not how it stands
        bool dismissed = false; // somebody closed it: only the end is worth another one
        std::optional<Clock::time_point> ended;
        Clock::time_point shown;
        Clock::time_point next; // when it may be shown again
    };

    Notifications(SessionService& sessions, NotificationTarget& target, Settings settings);

    void onEvent(const Session& session, const SessionEvent& event);
    void onAction(std::uint32_t id, const std::string& key);
    void onClosed(std::uint32_t id);
    void onChanged();
    void update();
    void show(const Session& session, Card& card);
    void open(const Session* session) const;
    void forgetOld();
    std::map<SessionId, Card>::iterator find(std::uint32_t id);

    SessionService& sessions_;
    NotificationTarget& target_;
    Settings settings_;
    std::optional<NotificationAbilities> abilities_; // none: nothing can be shown
    std::uint64_t server_ = 0; // counts them, so that nobody mistakes ids of one for another's
    std::map<SessionId, Card> cards_;
    EventSource timer_;
    SessionService::Subscription subscription_;
};

} // namespace compositord
