#include "notify/progress_outlet.hpp"

#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kLongestEventName = 64;
constexpr std::string_view kSuffix = "_progress";

} // namespace

Result<std::unique_ptr<ProgressOutlet>> ProgressOutlet::open(EventLoop& loop, const Log& log,
                                                             const std::filesystem::path& folder,
                                                             SessionService& sessions) {
    auto opened = SocketFolder::open(folder);
    if (!opened) {
        return std::unexpected(opened.error());
    }
    std::unique_ptr<ProgressOutlet> outlet(new ProgressOutlet(sessions));
    for (const SessionType& type : sessions.types()) {
        const std::string eventName =
            type.name.substr(0, kLongestEventName - kSuffix.size()) + std::string(kSuffix);
        auto socket =
            ProgressSocket::open(loop, log, *opened, eventName,
                                 [self = outlet.get(), name = type.name](const ProgressControl& control) {
                                     self->onControl(name, control);
                                 });
        if (socket) {
            outlet->sockets_.emplace(type.name, std::move(*socket));
        } else {
            log.error("nobody can follow {}: {}", eventName, socket.error().message());
        }
    }
    outlet->subscription_ =
        sessions.subscribe({.onEvent =
                                [self = outlet.get()](const Session& session, const SessionEvent& event) {
                                    const auto socket = self->sockets_.find(session.type);
                                    if (socket == self->sockets_.end()) {
                                        return;
                                    }
                                    if (const auto message = progressMessage(session, event)) {
                                        socket->second->send(*message);
                                    }
                                },
                            .onForgotten = {}});
    return outlet;
}

std::uint64_t ProgressOutlet::malformed() const {
    std::uint64_t count = 0;
    for (const auto& [type, socket] : sockets_) {
        count += socket->malformed();
    }
    return count;
}

void ProgressOutlet::onControl(const std::string& type, const ProgressControl& control) {
    for (const Session* session : sessions_.list()) {
        const bool meant = session->type == type && control.session.value_or(session->id) == session->id;
        if (meant && !hasEnded(session->state)) {
            (void)sessions_.cancel(session->id); // it is there
        }
    }
}

} // namespace compositord
