// The sessions on the user's bus: objects to look at and to call, and signals that tell what happens.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "notify/bus_codegen.hpp"
#include "notify/bus_event.hpp"
#include "notify/bus_handles.hpp"
#include "notify/bus_objects.hpp"
#include "world/session_service.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace compositord {

class BusService {
public:
    struct Settings {
        bus::Facts facts;
        std::function<void()> onHopeless; // the bus takes nothing any more
    };

    static Result<std::unique_ptr<BusService>> create(EventLoop& loop, const Log& log,
                                                      SessionService& sessions, Settings settings);

    BusService(const BusService&) = delete;
    BusService& operator=(const BusService&) = delete;
    ~BusService();

    /// From now on code generation is shown; the service outlives this.
    Result<> offer(EventLoop& loop, CodegenService& codegen);

    void attach(sd_bus& bus);
    void detach();

    /// The compositors are others, or stand otherwise.
    void compositorsChanged();

    /// Calls, so far, of what is not there or with other arguments than it takes.
    std::uint64_t malformed() const { return context_.malformed; }

private:
    BusService(const Log& log, SessionService& sessions, Settings settings);

    Result<> addObjects();
    void onEvent(const Session& session, const SessionEvent& event);
    void onForgotten(const SessionId& id);
    void note(const Session& session, const SessionEvent& event);
    void tell(const Session& session, const SessionEvent& event);
    void tellSkipped(const SessionId& id, std::uint64_t sequence);
    void tellProperties(const SessionId& id);
    void tellLogLevels();
    bool congested();
    void onNameAnswer(sd_bus_message& answer);
    void onNameAcquired(sd_bus_message& signal);

    Log log_;
    bus::Context context_;
    std::unique_ptr<BusCodegen> codegen_;
    std::function<void()> onHopeless_;
    sd_bus* bus_ = nullptr; // null: there is none
    std::vector<SdBusSlotHandle> slots_;
    std::map<SessionId, std::set<const char*>> changed_; // properties that nobody was told of yet
    std::map<SessionId, std::uint64_t> skipped_;         // signals
    EventSource changedTimer_;
    SessionService::Subscription subscription_;
};

} // namespace compositord
