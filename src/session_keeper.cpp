#include "session_keeper.hpp"

#include "config.hpp"

#include <utility>

namespace compositord {

std::filesystem::path findSessionGuard() {
    std::error_code code;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", code);
    const auto beside = self.parent_path() / "compositord-session-guard";
    return !code && std::filesystem::exists(beside, code) ? beside : std::filesystem::path(kSessionGuard);
}

Result<std::unique_ptr<SessionKeeper>> SessionKeeper::open(EventLoop& loop, const Log& log,
                                                           Settings settings) {
    std::unique_ptr<SessionKeeper> keeper(new SessionKeeper);
    auto pipelines = loadPipelines(settings.pipelines, log);
    pipelines.merge(settings.builtinPipelines);
    auto sessions = Sessions::create(loop, log,
                                     {.pipelines = std::move(pipelines),
                                      .builtins = std::move(settings.builtins),
                                      .child = {.guard = findSessionGuard()},
                                      .places = std::move(settings.places),
                                      .folder = settings.folder,
                                      .atOnce = settings.atOnce,
                                      .clock = {}});
    if (!sessions) {
        return std::unexpected(sessions.error());
    }
    keeper->sessions_ = std::move(*sessions);
    keeper->openProgress(loop, log, settings.progress);
    keeper->openBus(loop, log, std::move(settings.bus));
    return keeper;
}

void SessionKeeper::openProgress(EventLoop& loop, const Log& log, const std::filesystem::path& folder) {
    if (folder.empty() || sessions_->types().empty()) {
        return;
    }
    auto progress = ProgressOutlet::open(loop, log, folder, *sessions_);
    if (progress) {
        progress_ = std::move(*progress);
    } else {
        log.error("there are no progress sockets: {}", progress.error().message());
    }
}

void SessionKeeper::offer(EventLoop& loop, const Log& log, CodegenService& codegen) {
    auto offered = bus_ ? bus_->offer(loop, codegen) : Result<>();
    if (!offered) {
        log.error("code generation is not shown on the bus: {}", offered.error().message());
    }
}

void SessionKeeper::openBus(EventLoop& loop, const Log& log, BusOutlet::Settings settings) {
    if (settings.address.empty()) {
        return;
    }
    auto bus = BusOutlet::open(loop, log, *sessions_, std::move(settings));
    if (bus) {
        bus_ = std::move(*bus);
    } else {
        log.error("the bus is not used: {}", bus.error().message());
    }
}

} // namespace compositord
