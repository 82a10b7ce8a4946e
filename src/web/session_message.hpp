// What clients ask about sessions, and the words that a dialect has for them.
#pragma once

#include "web/frame.hpp"
#include "world/session_service.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace compositord {

/// Another task for a session that has ended. For the task that it has already it only means to follow it.
struct RunTask {
    SessionId session;
    SessionTask task;
};

struct CancelSession {
    SessionId session;
};

/// Picks one of the choices that the session offers.
struct ChooseSession {
    SessionId session;
    std::string choice;
};

struct ForgetSession {
    SessionId session;
};

struct ListSessions {};

struct ShowSession {
    SessionId session;
};

/// From now on the client is told what happens in a session; what it missed after `since` as well. Without a
/// session: in all of them, from now on.
struct FollowSession {
    SessionId session; // empty: all
    std::uint64_t since = 0;
};

struct UnfollowSession {
    SessionId session; // empty: all
};

struct ShowTotals {};

using SessionAction = std::variant<SpawnSession, RunTask, CancelSession, ChooseSession, ForgetSession,
                                   ListSessions, ShowSession, FollowSession, UnfollowSession, ShowTotals>;

struct SessionMessage {
    RequestId id;
    SessionAction action;
};

/// How a dialect speaks of sessions. A null pointer: it has no word for it.
class SessionDialect {
public:
    SessionDialect() = default;
    SessionDialect(const SessionDialect&) = delete;
    SessionDialect& operator=(const SessionDialect&) = delete;
    virtual ~SessionDialect() = default;

    virtual SharedFrame spawned(const RequestId& id, const Session& session) const = 0;
    virtual SharedFrame list(const RequestId& id, const std::vector<const Session*>& sessions,
                             const std::vector<SessionType>& types) const = 0;
    virtual SharedFrame status(const Session& session) const = 0;
    virtual SharedFrame totals(const SessionTotals& totals, std::chrono::seconds uptime) const = 0;
    /// `missed` events before this one are no longer kept.
    virtual SharedFrame event(const Session& session, const SessionEvent& event,
                              std::uint64_t missed) const = 0;
    virtual SharedFrame forgotten(const SessionId& session) const = 0;

    /// Whether clients expect status() when a session begins or ends that they do not follow.
    virtual bool tellsStatusUnasked() const { return false; }
};

} // namespace compositord
