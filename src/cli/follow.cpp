#include "cli/follow.hpp"

#include "base/handle.hpp"
#include "cli/interrupts.hpp"
#include "cli/json.hpp"
#include "cli/printer.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

namespace compositord::cli {

namespace {

std::optional<Exit> endOf(const Event& event) {
    if (event.name == "Completed") {
        return Exit::done;
    }
    return event.name == "Failed" || event.name == "Cancelled" ? std::optional(Exit::failed) : std::nullopt;
}

class Follower {
public:
    Follower(SessionClient& sessions, std::string session, OnInterrupt onInterrupt, bool json)
        : sessions_(sessions), session_(std::move(session)), onInterrupt_(onInterrupt), printer_(json) {}

    Outcome<Exit> run(const UniqueFd& interrupts);

private:
    void tell(std::string_view name, std::string_view data);
    /// Whether to leave at once.
    Outcome<bool> onInterrupt();

    SessionClient& sessions_;
    std::string session_;
    OnInterrupt onInterrupt_;
    SessionPrinter printer_;
    std::uint64_t known_ = 0; // how far the session was when this began
    std::optional<Exit> end_;
    bool forgotten_ = false;
    bool interrupted_ = false;
};

void Follower::tell(std::string_view name, std::string_view data) {
    const auto message = parse(data);
    if (!message || end_) {
        return;
    }
    if (name == "SessionForgotten") {
        forgotten_ = true;
        return;
    }
    const Event event = eventOf(message->get());
    if (event.missed > 0) {
        printer_.note("(what was before is no longer kept)");
    }
    printer_.print(session_, event);
    if (event.sequence >= known_) { // else it was given another task since
        end_ = endOf(event);
    }
}

Outcome<bool> Follower::onInterrupt() {
    if (interrupted_ || onInterrupt_ == OnInterrupt::leave) {
        printer_.note(fmt::format("it goes on; compositorctl sessions cancel {} ends it", session_));
        return true;
    }
    interrupted_ = true;
    printer_.note("cancelling it; once more leaves it alone");
    auto cancelled = sessions_.cancel(session_);
    return cancelled ? Outcome<bool>(false) : std::unexpected(cancelled.error());
}

Outcome<Exit> Follower::run(const UniqueFd& interrupts) {
    const auto session = sessions_.show(session_);
    auto events = session ? sessions_.follow(session_) : std::unexpected(session.error());
    if (!events) {
        return std::unexpected(events.error());
    }
    known_ = numberIn(*session, "sequence");
    for (;;) {
        if (end_) {
            return interrupted_ && *end_ == Exit::failed ? Exit::cancelled : *end_;
        }
        if (forgotten_) {
            return problem(Exit::failed, "the session is no longer kept");
        }
        const auto ready = waitFor(events->hasRest() ? -1 : events->fd(), interrupts.get());
        if (ready.interrupted) {
            const auto leave = onInterrupt();
            if (!leave) {
                return std::unexpected(leave.error());
            }
            if (*leave) {
                return Exit::cancelled;
            }
        }
        if (!ready.readable && !events->hasRest()) {
            continue;
        }
        const auto more =
            events->read([this](std::string_view name, std::string_view data) { tell(name, data); });
        if (!more) {
            return std::unexpected(more.error());
        }
        if (!*more && !end_) {
            return problem(Exit::absent, "compositord has ended");
        }
    }
}

} // namespace

Outcome<Exit> follow(SessionClient& sessions, const std::string& session, OnInterrupt onInterrupt,
                     bool json) {
    const auto interrupts = takeInterrupts();
    return interrupts ? Follower(sessions, session, onInterrupt, json).run(*interrupts)
                      : std::unexpected(interrupts.error());
}

Outcome<Exit> spawnAndFollow(const Call& call, const SessionClient::Spawn& wanted) {
    auto sessions = SessionClient::open(call);
    if (!sessions) {
        return std::unexpected(sessions.error());
    }
    const auto session = sessions->spawn(wanted);
    if (!session) {
        return std::unexpected(session.error());
    }
    if (call.has("detach")) {
        fmt::print("{}\n", call.has("json") ? jsonOf(Fields{{"id", *session}}) : *session);
        return Exit::done;
    }
    return follow(*sessions, *session, OnInterrupt::cancelSession, call.has("json"));
}

} // namespace compositord::cli
