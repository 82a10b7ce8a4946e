// Mirrors driftwm by its IPC: one connection on which it tells its whole state at each change, one for
// requests.
#pragma once

#include "base/log.hpp"
#include "compositor/driftwm_ipc.hpp"
#include "compositor/driver.hpp"
#include "compositor/mirror.hpp"
#include "compositor/reconnection.hpp"
#include "compositor/socket_lines.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace compositord {

class DriftwmDriver final : public Driver {
public:
    static constexpr const char* kName = "driftwm";

    struct Settings {
        std::string socket;
        std::string name; // what people call the compositor
    };

    /// Connects, or begins to wait. The loop outlives the driver.
    static Result<std::unique_ptr<DriftwmDriver>> create(EventLoop& loop, const Log& log, Settings settings,
                                                         Listener listener);

    CommandResult request(const Request& request) override;

private:
    struct Expected {
        std::string camera;
        Cause cause;
        std::ptrdiff_t changes; // at most so many frames show it
    };

    DriftwmDriver(EventLoop& loop, const Log& log, Settings settings, Listener listener);
    Result<> start();
    void tryToConnect();
    void onLost(const std::string& reason);
    void onLine(std::string_view line);
    void onState(DriftwmState state);
    void onReply(std::string_view line);
    Result<> connectForRequests();
    void tell(const std::string& reason);

    EventLoop& loop_;
    Log log_;
    Settings settings_;
    Listener listener_;
    Compositor compositor_;
    DriftwmState state_;
    Mirror mirror_;
    std::optional<Expected> expected_; // the camera was asked to move
    std::uint32_t lastCause_ = 0;
    std::uint32_t unanswered_ = 0;
    std::unique_ptr<Reconnection> reconnection_;
    std::unique_ptr<SocketLines> events_;
    std::unique_ptr<SocketLines> requests_; // none before the first one
};

} // namespace compositord
