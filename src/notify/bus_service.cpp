#include "notify/bus_service.hpp"

#include "notify/bus_calls.hpp"
#include "notify/bus_names.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace compositord {

namespace {

// Messages that may wait for a bus that is slow, beside the megabytes that its socket takes. With more than
// that, only the turns of a session are told; with far more the bus is given up.
constexpr std::uint64_t kMostQueued = 64;
constexpr std::uint64_t kHopeless = 4096;

// What changes often is told at most this often.
constexpr std::chrono::milliseconds kPropertyPause{100};

/// Which properties an event changes.
struct Changed {
    std::set<const char*>& names;

    void operator()(const TaskQueued& /*event*/) const {
        names.insert(
            {"State", "Task", "Description", "Step", "Progress", "Result", "Error", "Started", "Ended"});
    }

    void operator()(const TaskStarted& /*event*/) const { names.insert({"State", "Started"}); }

    void operator()(const StepStarted& /*event*/) const { names.insert("Step"); }

    void operator()(const StepEnded& /*event*/) const { names.insert("Choices"); }

    void operator()(const TaskProgress& /*event*/) const { names.insert("Progress"); }

    void operator()(const OutputChunk& /*event*/) const {}

    void operator()(const ToolStarted& /*event*/) const {}

    void operator()(const ToolEnded& /*event*/) const {}

    void operator()(const TokensUsed& /*event*/) const { names.insert("Tokens"); }

    void operator()(const ChoicesOffered& /*event*/) const { names.insert("Choices"); }

    void operator()(const ChoiceMade& /*event*/) const { names.insert("Choices"); }

    void operator()(const TaskEnded& /*event*/) const {
        names.insert({"State", "Ended", "Result", "Error", "Choices"});
    }
};

/// Whether the session stands otherwise after it: nobody is spared that.
bool isTurn(const SessionHappening& happening) {
    return std::holds_alternative<TaskQueued>(happening) || std::holds_alternative<TaskStarted>(happening) ||
           std::holds_alternative<ChoicesOffered>(happening) ||
           std::holds_alternative<ChoiceMade>(happening) || std::holds_alternative<TaskEnded>(happening);
}

template <auto Handler> int onMessage(sd_bus_message* message, void* data, sd_bus_error* /*error*/) noexcept {
    Handler(*static_cast<BusService*>(data), *message);
    return 0;
}

/// Sees each message before sd-bus looks for whom it is.
int countMalformed(sd_bus_message* message, void* data, sd_bus_error* /*error*/) noexcept {
    auto& context = *static_cast<bus::Context*>(data);
    if (sd_bus_message_is_method_call(message, nullptr, nullptr) > 0 && bus::isMalformed(*message, context)) {
        ++context.malformed;
    }
    return 0;
}

} // namespace

BusService::BusService(const Log& log, SessionService& sessions, Settings settings)
    : log_(log.withCategory(LogCategory::bus)),
      context_{.sessions = sessions, .facts = std::move(settings.facts), .log = log.output()},
      onHopeless_(std::move(settings.onHopeless)) {}

Result<std::unique_ptr<BusService>> BusService::create(EventLoop& loop, const Log& log,
                                                       SessionService& sessions, Settings settings) {
    std::unique_ptr<BusService> service(new BusService(log, sessions, std::move(settings)));
    auto* self = service.get();
    auto timer = loop.addTimer([self] {
        if (self->bus_ == nullptr) {
            return;
        }
        if (self->congested()) {
            self->changedTimer_.arm(kPropertyPause);
            return;
        }
        while (!self->changed_.empty()) {
            self->tellProperties(SessionId(self->changed_.begin()->first));
        }
    });
    if (!timer) {
        return std::unexpected(timer.error());
    }
    service->changedTimer_ = std::move(*timer);
    log.output().onChange([self] { self->tellLogLevels(); });
    service->subscription_ =
        sessions.subscribe({.onEvent = [self](const Session& session,
                                              const SessionEvent& event) { self->onEvent(session, event); },
                            .onForgotten = [self](const SessionId& id) { self->onForgotten(id); }});
    return service;
}

BusService::~BusService() {
    context_.log.onChange({});
}

Result<> BusService::offer(EventLoop& loop, CodegenService& codegen) {
    context_.codegen = &codegen;
    auto made = BusCodegen::create(loop, context_);
    if (!made) {
        return std::unexpected(made.error());
    }
    codegen_ = std::move(*made);
    if (bus_ != nullptr && codegen_->attach(*bus_) < 0) {
        return failure(EIO, "cannot add objects to the bus");
    }
    return {};
}

void BusService::attach(sd_bus& bus) {
    bus_ = &bus;
    if (auto added = addObjects(); !added) {
        log_.error("{}; nothing is shown there", added.error().message());
        detach();
    }
}

void BusService::detach() {
    slots_.clear();
    if (codegen_) {
        codegen_->detach();
    }
    changed_.clear();
    skipped_.clear();
    changedTimer_.disarm();
    bus_ = nullptr;
}

Result<> BusService::addObjects() {
    sd_bus_slot* slot = nullptr;
    int problem = 0;
    const auto keep = [&](int code) {
        if (code >= 0) {
            slots_.emplace_back(slot);
        } else if (problem == 0) {
            problem = -code;
        }
        slot = nullptr;
    };
    keep(sd_bus_add_filter(bus_, &slot, countMalformed, &context_));
    keep(sd_bus_add_object_manager(bus_, &slot, bus::kRoot));
    keep(sd_bus_add_object_vtable(bus_, &slot, bus::kRoot, bus::kManager, bus::managerTable(), &context_));
    keep(sd_bus_add_object_vtable(bus_, &slot, bus::kLogControlPath, bus::kLogControl, bus::logControlTable(),
                                  &context_));
    keep(sd_bus_add_fallback_vtable(bus_, &slot, bus::kSessionsPath, bus::kSession, bus::sessionTable(),
                                    bus::findSession, &context_));
    keep(sd_bus_add_node_enumerator(bus_, &slot, bus::kSessionsPath, bus::listSessions, &context_));
    keep(sd_bus_match_signal_async(
        bus_, &slot, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameAcquired",
        onMessage<[](BusService& self, sd_bus_message& message) { self.onNameAcquired(message); }>, nullptr,
        this));
    keep(sd_bus_request_name_async(
        bus_, &slot, bus::kName, SD_BUS_NAME_QUEUE,
        onMessage<[](BusService& self, sd_bus_message& message) { self.onNameAnswer(message); }>, this));
    if (codegen_) {
        keep(codegen_->attach(*bus_));
    }
    if (problem != 0) {
        return failure(problem, "cannot add objects to the bus");
    }
    return {};
}

void BusService::onNameAnswer(sd_bus_message& answer) {
    constexpr std::uint32_t inQueue = 2; // of org.freedesktop.DBus.RequestName
    std::uint32_t code = 0;
    if (const sd_bus_error* error = sd_bus_message_get_error(&answer); error != nullptr) {
        log_.warn("the bus does not give the name {}: {}", bus::kName, error->message);
    } else if (sd_bus_message_read(&answer, "u", &code) > 0 && code == inQueue) {
        log_.warn("another program has the name {} on the bus; this one takes it when it is free",
                  bus::kName);
    }
}

void BusService::onNameAcquired(sd_bus_message& signal) {
    const char* name = nullptr; // or the connection's own, which it gets as well
    if (sd_bus_message_read(&signal, "s", &name) > 0 && std::strcmp(name, bus::kName) == 0) {
        log_.info("known on the bus as {}", bus::kName);
    }
}

bool BusService::congested() {
    std::uint64_t queued = 0;
    sd_bus_get_n_queued_write(bus_, &queued);
    if (queued > kHopeless) {
        log_.warn("the bus takes nothing any more: leaving it");
        bus_ = nullptr; // the rest goes with the connection: this may be a call that came over it
        onHopeless_();
    }
    return bus_ == nullptr || queued > kMostQueued;
}

void BusService::onEvent(const Session& session, const SessionEvent& event) {
    if (bus_ == nullptr) {
        return;
    }
    const bool turn = isTurn(event.happening);
    const bool full = congested();
    if (bus_ == nullptr) {
        return;
    }
    note(session, event);
    if (full && !turn) {
        ++skipped_[session.id];
        return;
    }
    tellSkipped(session.id, event.sequence);
    tell(session, event);
}

void BusService::note(const Session& session, const SessionEvent& event) {
    constexpr std::uint64_t first = 1;
    if (event.sequence == first) {
        sd_bus_emit_object_added(bus_, bus::pathOf(session.id).c_str());
        return;
    }
    auto& names = changed_[session.id];
    const bool waiting = !names.empty();
    std::visit(Changed{names}, event.happening);
    if (names.empty()) {
        changed_.erase(session.id);
    } else if (isTurn(event.happening)) {
        tellProperties(session.id);
    } else if (!waiting) {
        changedTimer_.arm(kPropertyPause);
    }
}

void BusService::tell(const Session& session, const SessionEvent& event) {
    sd_bus_message* made = nullptr;
    const int code = sd_bus_message_new_signal(bus_, &made, bus::pathOf(session.id).c_str(), bus::kSession,
                                               bus::formOf(event.happening).name);
    const SdBusMessageHandle message(made);
    if (code < 0 || bus::append(*made, event) < 0 || sd_bus_send(bus_, made, nullptr) < 0) {
        ++skipped_[session.id];
    }
}

void BusService::tellSkipped(const SessionId& id, std::uint64_t sequence) {
    const auto skipped = skipped_.find(id);
    if (skipped == skipped_.end()) {
        return;
    }
    sd_bus_emit_signal(bus_, bus::pathOf(id).c_str(), bus::kSession, bus::kSkipped.name,
                       bus::kSkipped.signature, sequence, skipped->second);
    skipped_.erase(skipped);
}

void BusService::tellProperties(const SessionId& id) {
    const auto node = changed_.extract(id);
    if (node.empty()) {
        return;
    }
    std::vector<char*> names;
    for (const char* name : node.mapped()) {
        names.push_back(const_cast<char*>(name)); // NOLINT(cppcoreguidelines-pro-type-const-cast): only read
    }
    names.push_back(nullptr);
    sd_bus_emit_properties_changed_strv(bus_, bus::pathOf(id).c_str(), bus::kSession, names.data());
}

void BusService::onForgotten(const SessionId& id) {
    changed_.erase(id);
    skipped_.erase(id);
    if (bus_ == nullptr) {
        return;
    }
    // sd_bus_emit_object_removed() wants the object to be there still.
    sd_bus_emit_signal(bus_, bus::kRoot, "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved", "oas",
                       bus::pathOf(id).c_str(), 4, bus::kSession, "org.freedesktop.DBus.Properties",
                       "org.freedesktop.DBus.Introspectable", "org.freedesktop.DBus.Peer");
}

void BusService::tellLogLevels() {
    if (bus_ != nullptr) {
        sd_bus_emit_properties_changed(bus_, bus::kRoot, bus::kManager, "LogLevel", nullptr);
    }
}

void BusService::compositorsChanged() {
    if (bus_ != nullptr) {
        sd_bus_emit_properties_changed(bus_, bus::kRoot, bus::kManager, "Compositors", nullptr);
    }
}

} // namespace compositord
