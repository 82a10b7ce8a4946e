// Mirrors sway by i3's IPC: its tree is read whole after each event, and requests are sway's own commands.
#pragma once

#include "base/log.hpp"
#include "compositor/driver.hpp"
#include "compositor/i3_ipc.hpp"
#include "compositor/mirror.hpp"
#include "compositor/reconnection.hpp"
#include "compositor/sway_map.hpp"
#include "compositor/unix_stream.hpp"

#include <map>
#include <memory>
#include <string>

namespace compositord {

class SwayDriver final : public Driver {
public:
    static constexpr const char* kName = "sway";

    struct Settings {
        std::string socket; // SWAYSOCK
        std::string name;   // what people call the compositor
    };

    /// Connects, or begins to wait. The loop outlives the driver.
    static Result<std::unique_ptr<SwayDriver>> create(EventLoop& loop, const Log& log, Settings settings,
                                                      Listener listener);

    CommandResult request(const Request& request) override;

private:
    struct Expected {
        std::string workspace;
        Cause cause;
    };

    SwayDriver(EventLoop& loop, const Log& log, Settings settings, Listener listener);
    Result<> start();
    Result<std::unique_ptr<UnixStream>> connectTo(const std::string& socket);
    void tryToConnect();
    void onLost(const std::string& reason);
    void onData(std::string_view bytes);
    void onMessage(const I3Message& message);
    void onTree(const std::string& text);
    void refresh();
    void tell(const std::string& reason);
    std::vector<Camera> camerasWithCauses();

    EventLoop& loop_;
    Log log_;
    Settings settings_;
    Listener listener_;
    Compositor compositor_;
    SwayMap map_;
    Mirror mirror_;
    std::map<std::string, Expected> expected_; // of cameras that were asked to move
    std::uint32_t lastCause_ = 0;
    I3Frames frames_;
    std::string lastTree_;
    bool asked_ = false;           // for a tree, which is not here yet
    bool stale_ = false;           // since that was asked for
    std::uint32_t unanswered_ = 0; // commands
    EventSource again_;
    std::unique_ptr<Reconnection> reconnection_;
    std::unique_ptr<UnixStream> stream_;
};

} // namespace compositord
