#include "compositor/foreign_toplevel_driver.hpp"

#include <array>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

namespace compositord {

Result<std::unique_ptr<ForeignToplevelDriver>>
ForeignToplevelDriver::create(EventLoop& loop, const Log& log, Settings settings, Listener listener) {
    std::unique_ptr<ForeignToplevelDriver> driver(
        new ForeignToplevelDriver(loop, log, std::move(settings), std::move(listener)));
    if (auto started = driver->start(); !started) {
        return std::unexpected(started.error());
    }
    return driver;
}

ForeignToplevelDriver::ForeignToplevelDriver(EventLoop& loop, const Log& log, Settings settings,
                                             Listener listener)
    : loop_(loop), log_(log.withCategory(LogCategory::foreignToplevel)), settings_(std::move(settings)),
      listener_(std::move(listener)) {
    identity_.name = settings_.name;
    identity_.driver = kName;
}

Result<> ForeignToplevelDriver::start() {
    const auto socket = std::filesystem::path(settings_.runtimeDir) / settings_.display;
    auto reconnection =
        Reconnection::create(loop_, socket.parent_path(), socket.filename(), [this] { tryToConnect(); });
    if (!reconnection) {
        return std::unexpected(reconnection.error());
    }
    reconnection_ = std::move(*reconnection);
    tryToConnect();
    return {};
}

void ForeignToplevelDriver::tryToConnect() {
    auto connection = WaylandConnection::connect(loop_, settings_.display,
                                                 [this](const std::string& reason) { onLost(reason); });
    if (!connection) {
        log_.debug("{}", connection.error().message());
        tell(connection.error().message());
        reconnection_->wait();
        return;
    }
    auto session = ForeignToplevelSession::create(
        loop_, (*connection)->display(), identity_,
        {.onCommit = [this](Changes changes) { onCommit(std::move(changes)); },
         .onUnavailable = [this](const std::string& reason) { onUnavailable(reason); }});
    if (!session) {
        log_.warn("{}", session.error().message());
        reconnection_->wait();
        return;
    }
    reconnection_->succeeded();
    connection_ = std::move(*connection);
    session_ = std::move(*session);
    shareWire();
}

bool ForeignToplevelDriver::watchWire(WireHandler handler) {
    wire_ = std::move(handler);
    shareWire();
    return true;
}

void ForeignToplevelDriver::shareWire() {
    static constexpr std::array roots{&wl_seat_interface, &zwlr_foreign_toplevel_manager_v1_interface,
                                      &ext_foreign_toplevel_list_v1_interface};
    if (!connection_) {
        return; // it is looked into from its start
    }
    if (!wire_) {
        connection_->watchWire(std::nullopt);
        return;
    }
    connection_->watchWire(WaylandConnection::WireWatch{
        .onMessage = wire_,
        .objects = [this] { return session_ ? session_->proxies() : std::vector<wl_proxy*>(); },
        .roots = roots});
}

void ForeignToplevelDriver::onCommit(Changes changes) {
    if (changes.compositor && changes.compositor->connected) {
        log_.info("connected to the compositor {} ({} windows)", identity_.name, changes.windows.size());
    }
    listener_.onCommit(std::move(changes));
}

void ForeignToplevelDriver::onLost(const std::string& reason) {
    log_.warn("{}: {}; waiting for it to come back", identity_.name, reason);
    Changes farewell = session_->farewell(reason);
    session_.reset();
    connection_.reset();
    listener_.onCommit(std::move(farewell));
    reconnection_->wait();
}

void ForeignToplevelDriver::onUnavailable(const std::string& reason) {
    log_.warn("{}: {}", identity_.name, reason);
    listener_.onCommit(session_->farewell(reason));
}

void ForeignToplevelDriver::tell(const std::string& reason) {
    Changes changes;
    changes.compositor = identity_;
    changes.compositor->reason = reason;
    listener_.onCommit(std::move(changes));
}

CommandResult ForeignToplevelDriver::request(const Request& request) {
    if (!session_) {
        return std::unexpected(Refusal{RefusalCode::disconnected, "", "the compositor is not connected"});
    }
    return session_->request(request);
}

} // namespace compositord
