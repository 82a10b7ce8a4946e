#include "session_keeper.hpp"

#include "config.hpp"

#include <utility>

namespace compositord {

namespace {

/// Beside this program, as after a build, or where it is installed.
std::filesystem::path findGuard() {
    std::error_code code;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", code);
    const auto beside = self.parent_path() / "compositord-session-guard";
    return !code && std::filesystem::exists(beside, code) ? beside : std::filesystem::path(kSessionGuard);
}

} // namespace

Result<std::unique_ptr<SessionKeeper>> SessionKeeper::open(EventLoop& loop, const Log& log,
                                                           const Settings& settings) {
    std::unique_ptr<SessionKeeper> keeper(new SessionKeeper);
    auto sessions = Sessions::create(loop, log,
                                     {.pipelines = loadPipelines(settings.pipelines, log),
                                      .builtins = {},
                                      .child = {.guard = findGuard()},
                                      .folder = settings.folder,
                                      .atOnce = settings.atOnce,
                                      .clock = {}});
    if (!sessions) {
        return std::unexpected(sessions.error());
    }
    keeper->sessions_ = std::move(*sessions);
    if (settings.progress.empty()) {
        return keeper;
    }
    auto progress = ProgressOutlet::open(loop, log, settings.progress, *keeper->sessions_);
    if (progress) {
        keeper->progress_ = std::move(*progress);
    } else {
        log.error("there are no progress sockets: {}", progress.error().message());
    }
    return keeper;
}

} // namespace compositord
