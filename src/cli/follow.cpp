#include "cli/follow.hpp"

#include "base/handle.hpp"
#include "cli/printer.hpp"

#include <fmt/format.h>

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>

namespace compositord::cli {

namespace {

/// Ctrl-C, and what ends a program otherwise, as a descriptor that can be read.
Outcome<UniqueFd> takeInterrupts() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    UniqueFd fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    return fd ? Outcome<UniqueFd>(std::move(fd)) : problem(Exit::failed, "cannot wait for Ctrl-C");
}

std::optional<Exit> endOf(const Event& event) {
    if (event.name == "Completed") {
        return Exit::done;
    }
    return event.name == "Failed" || event.name == "Cancelled" ? std::optional(Exit::failed) : std::nullopt;
}

class Follower {
public:
    Follower(BusClient& bus, std::string session, OnInterrupt onInterrupt, bool json)
        : bus_(bus), session_(std::move(session)), onInterrupt_(onInterrupt), printer_(json) {}

    Outcome<Exit> run(const UniqueFd& interrupts);

private:
    Outcome<std::optional<Exit>> tellNews();
    /// Whether to leave at once.
    Outcome<bool> onInterrupt();

    BusClient& bus_;
    std::string session_;
    OnInterrupt onInterrupt_;
    SessionPrinter printer_;
    std::uint64_t told_ = 0;
    bool interrupted_ = false;
};

// A signal says only that there is something new; what it is comes from the session's history, so that
// nothing is lost or told twice, whatever the bus leaves out.
Outcome<std::optional<Exit>> Follower::tellNews() {
    auto news = bus_.events(session_, told_);
    if (!news) {
        return std::unexpected(news.error());
    }
    if (!news->complete) {
        printer_.note("(what was before is no longer kept)");
    }
    std::optional<Exit> end;
    for (const Event& event : news->events) {
        told_ = event.sequence;
        printer_.print(session_, event);
        end = endOf(event); // not the last one, if it was given another task since
    }
    return end;
}

Outcome<bool> Follower::onInterrupt() {
    if (interrupted_ || onInterrupt_ == OnInterrupt::leave) {
        printer_.note(fmt::format("it goes on; compositorctl sessions cancel {} ends it", session_));
        return true;
    }
    interrupted_ = true;
    printer_.note("cancelling it; once more leaves it alone");
    auto cancelled = bus_.cancel(session_);
    return cancelled ? Outcome<bool>(false) : std::unexpected(cancelled.error());
}

Outcome<Exit> Follower::run(const UniqueFd& interrupts) {
    if (auto followed = bus_.follow(session_); !followed) {
        return std::unexpected(followed.error());
    }
    for (;;) {
        const auto told = tellNews();
        if (!told) {
            return std::unexpected(told.error());
        }
        if (const auto& end = *told) {
            return interrupted_ && *end == Exit::failed ? Exit::cancelled : *end;
        }
        const auto interrupted = bus_.wait(interrupts.get());
        if (!interrupted) {
            return std::unexpected(interrupted.error());
        }
        if (!*interrupted) {
            continue;
        }
        signalfd_siginfo info{};
        if (read(interrupts.get(), &info, sizeof(info)) < 0) {
            continue;
        }
        const auto leave = onInterrupt();
        if (!leave) {
            return std::unexpected(leave.error());
        }
        if (*leave) {
            return Exit::cancelled;
        }
    }
}

} // namespace

Outcome<Exit> follow(BusClient& bus, const std::string& session, OnInterrupt onInterrupt, bool json) {
    const auto interrupts = takeInterrupts();
    return interrupts ? Follower(bus, session, onInterrupt, json).run(*interrupts)
                      : std::unexpected(interrupts.error());
}

Outcome<Exit> spawnAndFollow(const Call& call, const BusClient::Spawn& wanted) {
    auto bus = BusClient::open(call.value("bus").value_or(""));
    if (!bus) {
        return std::unexpected(bus.error());
    }
    const auto session = bus->spawn(wanted);
    if (!session) {
        return std::unexpected(session.error());
    }
    if (call.has("detach")) {
        fmt::print("{}\n", call.has("json") ? jsonOf(Fields{{"id", *session}}) : *session);
        return Exit::done;
    }
    return follow(*bus, *session, OnInterrupt::cancelSession, call.has("json"));
}

} // namespace compositord::cli
