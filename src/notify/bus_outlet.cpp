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
    auto connection =
        BusConnection::open(loop, log, std::move(settings.address),
                            {.onConnected = [self](sd_bus* bus) { self->service_->attach(*bus); },
                             .onDisconnected = [self] { self->service_->detach(); }});
    if (!connection) {
        return std::unexpected(connection.error());
    }
    outlet->connection_ = std::move(*connection);
    return outlet;
}

} // namespace compositord
