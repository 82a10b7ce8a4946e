#include "notify/bus_outlet.hpp"

#include <utility>

namespace compositord {

Result<std::unique_ptr<BusOutlet>> BusOutlet::open(EventLoop& loop, const Log& log, SessionService& sessions,
                                                   Settings settings) {
    std::unique_ptr<BusOutlet> outlet(new BusOutlet);
    auto* self = outlet.get();
    auto service = BusService::create(
        loop, log, sessions,
        {.facts = std::move(settings.facts), .onHopeless = [self] { self->connection_->giveUp(); }});
    if (!service) {
        return std::unexpected(service.error());
    }
    outlet->service_ = std::move(*service);
    if (settings.notifications) {
        outlet->server_ = std::make_unique<NotificationServer>(log);
        auto notifications =
            Notifications::create(loop, sessions, *outlet->server_, *std::move(settings.notifications));
        if (!notifications) {
            return std::unexpected(notifications.error());
        }
        outlet->notifications_ = std::move(*notifications);
    }
    auto connection = BusConnection::open(loop, log, std::move(settings.address),
                                          {.onConnected = [self](sd_bus* bus) { self->attach(*bus); },
                                           .onDisconnected = [self] { self->detach(); }});
    if (!connection) {
        return std::unexpected(connection.error());
    }
    outlet->connection_ = std::move(*connection);
    return outlet;
}

void BusOutlet::attach(sd_bus& bus) {
    service_->attach(bus);
    if (server_) {
        server_->attach(bus);
    }
}

void BusOutlet::detach() {
    service_->detach();
    if (server_) {
        server_->detach();
    }
}

} // namespace compositord
