// Mirrors any compositor that has a list of toplevels: which windows there are, but not where.
#pragma once

#include "base/log.hpp"
#include "compositor/driver.hpp"
#include "compositor/foreign_toplevel_session.hpp"
#include "compositor/reconnection.hpp"
#include "compositor/wayland_connection.hpp"

#include <memory>
#include <string>

namespace compositord {

class ForeignToplevelDriver final : public Driver {
public:
    static constexpr const char* kName = "foreign_toplevel";

    struct Settings {
        std::string display;    // a name in runtimeDir, or an absolute path
        std::string runtimeDir; // may be empty if the display is a path
        std::string name;       // what people call the compositor
    };

    /// Connects, or begins to wait. The loop outlives the driver.
    static Result<std::unique_ptr<ForeignToplevelDriver>> create(EventLoop& loop, const Log& log,
                                                                 Settings settings, Listener listener);

    CommandResult request(const Request& request) override;
    bool watchWire(WireHandler handler) override;

private:
    ForeignToplevelDriver(EventLoop& loop, const Log& log, Settings settings, Listener listener);
    Result<> start();
    void tryToConnect();
    void onLost(const std::string& reason);
    void onUnavailable(const std::string& reason);
    void onCommit(Changes changes);
    void tell(const std::string& reason);
    void shareWire();

    EventLoop& loop_;
    Log log_;
    Settings settings_;
    Listener listener_;
    Compositor identity_;
    WireHandler wire_;
    std::unique_ptr<Reconnection> reconnection_;
    std::unique_ptr<WaylandConnection> connection_;
    std::unique_ptr<ForeignToplevelSession> session_; // ends before its connection
};

} // namespace compositord
