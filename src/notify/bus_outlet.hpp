// All that this program does on the user's bus. It may come late, go, and come again.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "notify/bus_connection.hpp"
#include "notify/bus_service.hpp"
#include "notify/notification_server.hpp"
#include "notify/notifications.hpp"
#include "world/session_service.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace compositord {

class BusOutlet {
public:
    struct Settings {
        std::string address; // of the bus
        bus::Facts facts;
        std::optional<Notifications::Settings> notifications; // none: nothing is told on the desktop
    };

    /// The service outlives this.
    static Result<std::unique_ptr<BusOutlet>> open(EventLoop& loop, const Log& log, SessionService& sessions,
                                                   Settings settings);

    BusOutlet(const BusOutlet&) = delete;
    BusOutlet& operator=(const BusOutlet&) = delete;
    ~BusOutlet() = default;

    /// From now on code generation is shown; the service outlives this.
    Result<> offer(EventLoop& loop, CodegenService& codegen) { return service_->offer(loop, codegen); }

    /// The compositors are others, or stand otherwise.
    void compositorsChanged() { service_->compositorsChanged(); }

    /// Calls, so far, of what is not there or with other arguments than it takes.
    std::uint64_t malformed() const { return service_->malformed(); }

private:
    BusOutlet() = default;

    void attach(sd_bus& bus);
    void detach();

    std::unique_ptr<BusService> service_;
    std::unique_ptr<NotificationServer> server_;   // null: no notifications
    std::unique_ptr<BusConnection> connection_;    // its end lets the others go
    std::unique_ptr<Notifications> notifications_; // its end still closes what would stay for ever
};

} // namespace compositord
