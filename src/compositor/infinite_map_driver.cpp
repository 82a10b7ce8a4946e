#include "compositor/infinite_map_driver.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <filesystem>

namespace compositord {

namespace {

// A companion whose compositor is gone for so long would only keep the port from the next one's.
constexpr std::chrono::seconds kOrphanLife{60};

} // namespace

Result<std::unique_ptr<InfiniteMapDriver>> InfiniteMapDriver::create(EventLoop& loop, const Log& log,
                                                                     Settings settings, Listener listener) {
    std::unique_ptr<InfiniteMapDriver> driver(
        new InfiniteMapDriver(loop, log, std::move(settings), std::move(listener)));
    if (auto started = driver->start(); !started) {
        return std::unexpected(started.error());
    }
    return driver;
}

InfiniteMapDriver::InfiniteMapDriver(EventLoop& loop, const Log& log, Settings settings, Listener listener)
    : loop_(loop), log_(log.withCategory(LogCategory::infiniteMap)), settings_(std::move(settings)),
      listener_(std::move(listener)), spawned_(settings_.inherited) {
    identity_.name = settings_.display.empty() ? "inherited" : settings_.display;
    identity_.driver = kName;
}

Result<> InfiniteMapDriver::start() {
    if (!settings_.display.empty()) {
        const std::filesystem::path socket = std::filesystem::path(settings_.runtimeDir) / settings_.display;
        auto reconnection =
            Reconnection::create(loop_, socket.parent_path(), socket.filename(), [this] { tryToConnect(); });
        if (!reconnection) {
            return std::unexpected(reconnection.error());
        }
        reconnection_ = std::move(*reconnection);
    }
    auto orphaned = loop_.addTimer([this] { listener_.onSuperseded(); });
    if (!orphaned) {
        return std::unexpected(orphaned.error());
    }
    orphaned_ = std::move(*orphaned);
    if (settings_.inherited) {
        adopted(WaylandConnection::adopt(loop_, std::move(settings_.inherited),
                                         [this](const std::string& reason) { onLost(reason); }));
        return {};
    }
    tryToConnect();
    return {};
}

void InfiniteMapDriver::tryToConnect() {
    if (connection_ || settings_.display.empty()) {
        return;
    }
    reconnected_ = spawned_;
    adopted(WaylandConnection::connect(loop_, settings_.display,
                                       [this](const std::string& reason) { onLost(reason); }));
}

void InfiniteMapDriver::adopted(Result<std::unique_ptr<WaylandConnection>> connection) {
    if (!connection) {
        log_.debug("{}", connection.error().message());
        tell(connection.error().message());
        waitForCompositor();
        return;
    }
    if (reconnection_) {
        reconnection_->succeeded();
    }
    orphaned_.disarm();
    connection_ = std::move(*connection);
    session_ = std::make_unique<InfiniteMapSession>(
        connection_->display(), identity_,
        InfiniteMapSession::Listener{
            [this](Changes changes) {
                if (changes.compositor && changes.compositor->connected) {
                    log_.info("connected to the compositor {} (grid {}, {} cameras, {} windows)",
                              identity_.name, changes.compositor->gridSize, changes.cameras.size(),
                              changes.windows.size());
                }
                listener_.onCommit(std::move(changes));
            },
            [this](const std::string& reason) { onUnavailable(reason); },
        });
    session_->showTiles(tiles_);
    shareWire();
}

void InfiniteMapDriver::onLost(const std::string& reason) {
    log_.warn("{}: {}; waiting for it to come back", identity_.name, reason);
    Changes farewell = session_->farewell(reason);
    session_.reset();
    connection_.reset();
    listener_.onCommit(std::move(farewell));
    if (spawned_) {
        orphaned_.arm(kOrphanLife);
    }
    waitForCompositor();
}

void InfiniteMapDriver::onUnavailable(const std::string& reason) {
    log_.warn("{}: {}", identity_.name, reason);
    tell(reason);
    if (reconnected_) {
        listener_.onSuperseded();
    }
}

void InfiniteMapDriver::waitForCompositor() {
    if (reconnection_) {
        reconnection_->wait();
    }
}

void InfiniteMapDriver::tell(const std::string& reason) {
    Changes changes;
    changes.compositor = identity_;
    changes.compositor->reason = reason;
    listener_.onCommit(std::move(changes));
}

void InfiniteMapDriver::showTiles(const TileMap* tiles) {
    tiles_ = tiles;
    if (session_) {
        session_->showTiles(tiles);
    }
}

void InfiniteMapDriver::tell(const std::vector<Cell>& cells) {
    if (session_) {
        session_->tell(cells);
    }
}

bool InfiniteMapDriver::watchWire(WireHandler handler) {
    wire_ = std::move(handler);
    shareWire();
    return true;
}

void InfiniteMapDriver::shareWire() {
    static constexpr std::array roots{&wl_seat_interface, &infinite_map_manager_v1_interface};
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

CommandResult InfiniteMapDriver::request(const Request& request) {
    if (!session_) {
        return std::unexpected(Refusal{RefusalCode::disconnected, "", "the compositor is not connected"});
    }
    return session_->request(request);
}

} // namespace compositord
