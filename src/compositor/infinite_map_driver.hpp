// Keeps a connection to an infinite-map compositor: waits for it when absent, comes back when it does.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "compositor/driver.hpp"
#include "compositor/infinite_map_session.hpp"
#include "compositor/reconnection.hpp"
#include "compositor/wayland_connection.hpp"

#include <memory>
#include <string>

namespace compositord {

class InfiniteMapDriver final : public Driver {
public:
    static constexpr const char* kName = "infinite_map";

    struct Settings {
        UniqueFd inherited; // a connection that the compositor made (WAYLAND_SOCKET), or none
        std::string
            display; // the socket to connect to otherwise, and after that connection ended; may be empty then
        std::string runtimeDir; // folder of the display's socket
    };

    /// Connects, or begins to wait. The loop outlives the driver.
    static Result<std::unique_ptr<InfiniteMapDriver>> create(EventLoop& loop, const Log& log,
                                                             Settings settings, Listener listener);

    CommandResult request(const Request& request) override;
    void showTiles(const TileMap* tiles) override;
    void tell(const std::vector<Cell>& cells) override;
    bool watchWire(WireHandler handler) override;

private:
    InfiniteMapDriver(EventLoop& loop, const Log& log, Settings settings, Listener listener);
    Result<> start();
    void tryToConnect();
    void adopted(Result<std::unique_ptr<WaylandConnection>> connection);
    void onLost(const std::string& reason);
    void onUnavailable(const std::string& reason);
    void waitForCompositor();
    void tell(const std::string& reason);
    void shareWire();

    EventLoop& loop_;
    Log log_;
    Settings settings_;
    Listener listener_;
    Compositor identity_;
    const TileMap* tiles_ = nullptr;
    WireHandler wire_;
    bool spawned_;                               // by a compositor, with an inherited connection
    bool reconnected_ = false;                   // to another compositor than the one that spawned this
    std::unique_ptr<Reconnection> reconnection_; // null: it has no name to be found by
    EventSource orphaned_;
    std::unique_ptr<WaylandConnection> connection_;
    std::unique_ptr<InfiniteMapSession> session_; // its objects go before the connection
};

} // namespace compositord
