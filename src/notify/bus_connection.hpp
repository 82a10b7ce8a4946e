// The connection to the user's bus: made when there is a bus, and made again when that has been gone. Nothing
// else waits for it.
#pragma once

#include "base/error.hpp"
#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "notify/bus_handles.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace compositord {

class BusConnection {
public:
    struct Listener {
        std::move_only_function<void(sd_bus* bus)> onConnected;
        /// All that was made with the bus must be let go of now.
        std::move_only_function<void()> onDisconnected;
    };

    /// Tries for the first time; whether that works the listener is told later.
    static Result<std::unique_ptr<BusConnection>> open(EventLoop& loop, const Log& log, std::string address,
                                                       Listener listener);

    BusConnection(const BusConnection&) = delete;
    BusConnection& operator=(const BusConnection&) = delete;
    ~BusConnection();

    /// Ends this connection soon, and tries again later.
    void giveUp();

private:
    BusConnection(EventLoop& loop, Log log, std::string address, Listener listener);

    void connect();
    Result<> tryConnect();
    bool waits() const; // for a socket to be there
    void onConnected();
    void onLost();
    bool isOfThisUser() const;

    EventLoop& loop_;
    Log log_;
    std::string address_;
    Listener listener_;
    bool connected_ = false;
    bool complained_ = false; // that there is no bus; once for each time that it is gone
    std::chrono::milliseconds delay_;
    EventSource again_;
    EventSource lost_;
    SdBusHandle bus_;
};

} // namespace compositord
