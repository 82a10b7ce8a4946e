// All that an outlet needs of the sessions, so that outlets depend on neither the sessions' machinery nor
// each other.
#pragma once

#include "world/command.hpp"
#include "world/session.hpp"

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace compositord {

/// What a client asks for. It names a type of session, never a program.
struct SpawnSession {
    std::string type;
    std::string owner;
    SessionPriority priority = SessionPriority::normal;
    SessionTask task;
};

/// One that can be spawned.
struct SessionType {
    struct Parameter {
        std::string name;
        std::string description;
        std::optional<std::string> fallback; // none: it must be given
    };

    std::string name;
    std::string description;
    std::vector<Parameter> parameters;
};

struct SessionTotals {
    std::size_t running = 0;
    std::size_t queued = 0;
    std::uint64_t spawned = 0; // since the program started, as are the others
    std::uint64_t completed = 0;
    std::uint64_t failed = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t tokensUsed = 0;
    std::chrono::milliseconds duration{0}; // of all tasks that have ended
};

class SessionService {
public:
    struct Listener {
        /// Each event that happens from now on, of all sessions, in order. The session is as it is now, which
        /// may be later than the event if listeners made something happen themselves.
        std::move_only_function<void(const Session&, const SessionEvent&)> onEvent;
        /// The session is no longer kept. May be empty.
        std::move_only_function<void(const SessionId&)> onForgotten;
    };

    /// Destroying it ends the telling; that may happen at any time, also inside a listener.
    class Subscription {
    public:
        Subscription() = default;

        explicit Subscription(std::shared_ptr<void> entry) : entry_(std::move(entry)) {}

        explicit operator bool() const { return entry_ != nullptr; }

    private:
        std::shared_ptr<void> entry_;
    };

    SessionService() = default;
    SessionService(const SessionService&) = delete;
    SessionService& operator=(const SessionService&) = delete;
    virtual ~SessionService() = default;

    virtual std::expected<SessionId, Refusal> spawn(SpawnSession wanted) = 0;

    /// Another task for a session that has ended.
    virtual std::expected<void, Refusal> addTask(const SessionId& id, SessionTask task) = 0;

    /// Its task ends soon after, and TaskEnded tells. A session that has ended is left as it is.
    virtual std::expected<void, Refusal> cancel(const SessionId& id) = 0;

    /// Picks one of the session's choices; the step that offered them goes on with it.
    virtual std::expected<void, Refusal> choose(const SessionId& id, const std::string& choice) = 0;

    /// Stops keeping a session that has ended.
    virtual std::expected<void, Refusal> forget(const SessionId& id) = 0;

    /// Null if there is none. Valid until the loop goes on.
    virtual const Session* find(const SessionId& id) const = 0;

    /// Oldest first; as long valid.
    virtual std::vector<const Session*> list() const = 0;

    /// The kept events with a sequence number above `since`. Who subscribes and asks for this in one go is
    /// told each event exactly once.
    virtual SessionHistory history(const SessionId& id, std::uint64_t since) const = 0;

    virtual std::vector<SessionType> types() const = 0;

    virtual SessionTotals totals() const = 0;

    virtual Subscription subscribe(Listener listener) = 0;
};

} // namespace compositord
