// Mirrors niri by its IPC: one connection on which it tells its state and then each change, one for requests.
#pragma once

#include "base/log.hpp"
#include "compositor/driver.hpp"
#include "compositor/mirror.hpp"
#include "compositor/niri_map.hpp"
#include "compositor/niri_state.hpp"
#include "compositor/reconnection.hpp"
#include "compositor/socket_lines.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace compositord {

class NiriDriver final : public Driver {
public:
    static constexpr const char* kName = "niri";

    struct Settings {
        std::string socket; // NIRI_SOCKET
        std::string name;   // what people call the compositor
    };

    /// Connects, or begins to wait. The loop outlives the driver.
    static Result<std::unique_ptr<NiriDriver>> create(EventLoop& loop, const Log& log, Settings settings,
                                                      Listener listener);

    CommandResult request(const Request& request) override;

private:
    enum class Asked : std::uint8_t { outputs, action };

    struct Expected {
        NiriAim aim;
        Cause cause;
    };

    NiriDriver(EventLoop& loop, const Log& log, Settings settings, Listener listener);
    Result<> start();
    void tryToConnect();
    Result<std::unique_ptr<SocketLines>> connectToEvents(const std::string& socket);
    Result<> connectForRequests();
    void onLost(const std::string& reason);
    void onRequestsLost(const std::string& reason);
    void onEventLine(std::string_view line);
    void onReplyLine(std::string_view line);
    void onReply(Asked asked, NiriReply reply);
    void askForOutputs();
    void commit();
    std::vector<Camera> camerasWithCauses();
    void tell(const std::string& reason);

    EventLoop& loop_;
    Log log_;
    Settings settings_;
    Listener listener_;
    std::string socket_; // that it is connected to
    Compositor compositor_;
    NiriState state_;
    NiriMap map_;
    Mirror mirror_;
    std::optional<Expected> expected_; // a camera was asked to move
    std::uint32_t lastCause_ = 0;
    std::deque<Asked> unanswered_; // in this order
    bool outputsAsked_ = false;
    bool outputsStale_ = false; // since they were asked for
    bool willLook_ = false;     // at the outputs, soon
    EventSource changed_;       // after all that came at once
    EventSource look_;
    std::unique_ptr<Reconnection> reconnection_;
    std::unique_ptr<SocketLines> events_;
    std::unique_ptr<SocketLines> requests_;
};

} // namespace compositord
