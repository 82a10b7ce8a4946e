// Code generation on the user's bus: the interface Codegen of the root object, and its signals.
#pragma once

#include "base/event_loop.hpp"
#include "notify/bus_handles.hpp"
#include "notify/bus_objects.hpp"
#include "world/codegen_service.hpp"

#include <memory>
#include <set>

namespace compositord {

class BusCodegen {
public:
    /// The context, which has a service, outlives this.
    static Result<std::unique_ptr<BusCodegen>> create(EventLoop& loop, bus::Context& context);

    BusCodegen(const BusCodegen&) = delete;
    BusCodegen& operator=(const BusCodegen&) = delete;
    ~BusCodegen() = default;

    /// Negative errno as all of sd-bus.
    int attach(sd_bus& bus);
    void detach();

private:
    explicit BusCodegen(bus::Context& context) : context_(context) {}

    void note();
    void tell();
    void tellTask(const CodegenTaskId& id);
    void tellReload(const CodegenReload& reload);

    bus::Context& context_;
    sd_bus* bus_ = nullptr; // null: there is none
    SdBusSlotHandle slot_;
    std::set<CodegenTaskId> changed_; // that nobody was told of yet
    bool statusChanged_ = false;
    bool armed_ = false; // the timer
    EventSource timer_;
    CodegenService::Subscription subscription_;
};

} // namespace compositord
