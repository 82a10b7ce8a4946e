// Joins the sessions with the outlets that tell of them beside the web: what is missing or broken of these is
// logged, and the sessions run all the same.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "notify/bus_outlet.hpp"
#include "notify/progress_outlet.hpp"
#include "session/sessions.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace compositord {

/// The program that stands between the daemon and others: beside this one, as after a build, or where it is
/// installed.
std::filesystem::path findSessionGuard();

class SessionKeeper {
public:
    struct Settings {
        std::vector<std::filesystem::path> pipelines;     // folders; what is in a later one wins
        std::map<std::string, Pipeline> builtinPipelines; // those of the same name in a folder win
        PlaceholderValues places;                         // that steps may name
        Builtins builtins;                                // what steps may be beside commands
        std::filesystem::path folder;                     // where sessions are kept; empty: nowhere
        std::filesystem::path progress;                   // where the progress sockets are; empty: nowhere
        std::size_t atOnce = 4;
        BusOutlet::Settings bus; // without an address: not on a bus
    };

    static Result<std::unique_ptr<SessionKeeper>> open(EventLoop& loop, const Log& log, Settings settings);

    SessionKeeper(const SessionKeeper&) = delete;
    SessionKeeper& operator=(const SessionKeeper&) = delete;

    /// What runs ends.
    ~SessionKeeper() = default;

    SessionService& sessions() { return *sessions_; }

    /// Shows code generation on the bus, if there is one; the service outlives this.
    void offer(EventLoop& loop, const Log& log, CodegenService& codegen);

    /// Null: there is none.
    BusOutlet* bus() { return bus_.get(); }

    /// Calls on the bus, so far, of what is not there or with wrong arguments.
    std::uint64_t busMalformed() const { return bus_ ? bus_->malformed() : 0; }

    /// What clients of progress sockets sent, so far, that is no message.
    std::uint64_t progressMalformed() const { return progress_ ? progress_->malformed() : 0; }

private:
    SessionKeeper() = default;

    void openProgress(EventLoop& loop, const Log& log, const std::filesystem::path& folder);
    void openBus(EventLoop& loop, const Log& log, BusOutlet::Settings settings);

    std::unique_ptr<Sessions> sessions_;
    std::unique_ptr<ProgressOutlet> progress_;
    std::unique_ptr<BusOutlet> bus_;
};

} // namespace compositord
