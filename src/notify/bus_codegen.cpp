#include "notify/bus_codegen.hpp"

#include "notify/bus_dict.hpp"
#include "notify/bus_names.hpp"
#include "notify/codegen_values.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <utility>

namespace compositord {

namespace bus {

namespace {

CodegenService& codegenOf(void* data) {
    return *static_cast<Context*>(data)->codegen;
}

template <auto Append>
int property(sd_bus* /*bus*/, const char* /*path*/, const char* /*interface*/, const char* /*property*/,
             sd_bus_message* reply, void* data, sd_bus_error* /*error*/) noexcept {
    return Append(*reply, codegenOf(data).status());
}

template <auto Member>
int number(sd_bus* bus, const char* path, const char* interface, const char* name, sd_bus_message* reply,
           void* data, sd_bus_error* error) noexcept {
    constexpr auto append = [](sd_bus_message& message, const CodegenStatus& status) {
        return sd_bus_message_append(&message, "t", std::uint64_t{Member(status)});
    };
    return property<append>(bus, path, interface, name, reply, data, error);
}

template <auto Member>
int texts(sd_bus* bus, const char* path, const char* interface, const char* name, sd_bus_message* reply,
          void* data, sd_bus_error* error) noexcept {
    constexpr auto append = [](sd_bus_message& message, const CodegenStatus& status) {
        return Dict::appendTexts(message, Member(status));
    };
    return property<append>(bus, path, interface, name, reply, data, error);
}

int appendEnabled(sd_bus_message& message, const CodegenStatus& status) {
    return sd_bus_message_append(&message, "b", int{status.enabled});
}

int appendPolicy(sd_bus_message& message, const CodegenStatus& status) {
    return sd_bus_message_append(&message, "s", nameOf(status.policy).data()); // NOLINT: a literal
}

std::uint64_t milliseconds(WallTime time) {
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

/// Answers a call with what `append` writes.
template <class Append> int answer(sd_bus_message* call, const Append& append) {
    sd_bus_message* made = nullptr;
    int code = sd_bus_message_new_method_return(call, &made);
    const SdBusMessageHandle reply(made);
    code = code < 0 ? code : append(*made);
    return code < 0 ? code : sd_bus_message_send(made);
}

int list(sd_bus_message* call, void* data, sd_bus_error* /*error*/) noexcept {
    return answer(call, [&](sd_bus_message& reply) {
        return appendDicts(
            reply, codegenOf(data).list(),
            [](sd_bus_message& message, const CodegenTask* task) { return append(message, *task); });
    });
}

int listChanges(sd_bus_message* call, void* data, sd_bus_error* /*error*/) noexcept {
    return answer(call, [&](sd_bus_message& reply) {
        return appendDicts(
            reply, codegenOf(data).changes(),
            [](sd_bus_message& message, const CodegenChange& change) { return append(message, change); });
    });
}

int report(sd_bus_message* call, void* data, sd_bus_error* /*error*/) noexcept {
    return answer(call, [&](sd_bus_message& reply) {
        const CodegenReport told = codegenOf(data).report();
        const int code = sd_bus_message_append(&reply, "t", milliseconds(told.since));
        return code < 0 ? code
                        : appendDicts(
                              reply, told.models,
                              [](sd_bus_message& message, const CodegenModelReport& model) {
                                  return append(message, model);
                              });
    });
}

int run(sd_bus_message* call, void* data, sd_bus_error* error) noexcept {
    const char* id = nullptr;
    if (const int code = sd_bus_message_read(call, "s", &id); code < 0) {
        return code;
    }
    const char* sender = sd_bus_message_get_sender(call);
    const auto session =
        codegenOf(data).run(id, fmt::format("dbus {}", sender != nullptr ? sender : "")); // as Spawn has it
    return session ? sd_bus_reply_method_return(call, "o", pathOf(*session).c_str())
                   : refuse(error, session.error());
}

/// What is asked for about a task is answered when it is known.
template <class T, void (CodegenService::*Ask)(const CodegenTaskId&, CodegenService::Answer<T>)>
int later(sd_bus_message* call, void* data, sd_bus_error* /*error*/) noexcept {
    const char* id = nullptr;
    if (const int code = sd_bus_message_read(call, "s", &id); code < 0) {
        return code;
    }
    (codegenOf(data).*
     Ask)(id, [held = SdBusMessageHandle(sd_bus_message_ref(call))](std::expected<T, Refusal> known) {
        if (known) {
            answer(held.get(), [&](sd_bus_message& reply) { return append(reply, *known); });
            return;
        }
        sd_bus_error error = SD_BUS_ERROR_NULL;
        refuse(&error, known.error());
        sd_bus_reply_method_error(held.get(), &error);
        sd_bus_error_free(&error);
    });
    return 1;
}

constexpr auto kChanges = SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE;
constexpr auto kFixed = SD_BUS_VTABLE_PROPERTY_CONST;
constexpr auto kCall = SD_BUS_VTABLE_UNPRIVILEGED;

const std::array kTable{
    sd_bus_vtable SD_BUS_VTABLE_START(0),
    sd_bus_vtable SD_BUS_PROPERTY("Enabled", "b", property<appendEnabled>, 0, kFixed),
    sd_bus_vtable SD_BUS_PROPERTY("Policy", "s", property<appendPolicy>, 0, kFixed),
    sd_bus_vtable SD_BUS_PROPERTY("Repositories", "as",
                                  texts<+[](const CodegenStatus& s) { return s.repositories; }>, 0, kFixed),
    sd_bus_vtable SD_BUS_PROPERTY("Problems", "as", texts<+[](const CodegenStatus& s) { return s.problems; }>,
                                  0, kChanges),
    sd_bus_vtable SD_BUS_PROPERTY(
        "CoolsDownUntil", "t",
        number<+[](const CodegenStatus& s) { return milliseconds(s.coolsDownUntil.value_or(WallTime())); }>,
        0, kChanges),
    sd_bus_vtable SD_BUS_PROPERTY(
        "FailuresInRow", "t", number<+[](const CodegenStatus& s) { return s.failuresInRow; }>, 0, kChanges),
    sd_bus_vtable SD_BUS_PROPERTY("StartedInLastHour", "t",
                                  number<+[](const CodegenStatus& s) { return s.startedInLastHour; }>, 0, 0),
    sd_bus_vtable SD_BUS_PROPERTY("MostPerHour", "t",
                                  number<+[](const CodegenStatus& s) { return s.mostPerHour; }>, 0, kFixed),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("List", "", "", "aa{sv}", SD_BUS_PARAM(tasks), list, kCall),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("ListChanges", "", "", "aa{sv}", SD_BUS_PARAM(changes),
                                           listChanges, kCall),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("Get", "s", SD_BUS_PARAM(id), "a{sv}", SD_BUS_PARAM(details),
                                           (later<CodegenDetails, &CodegenService::details>), kCall),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("Run", "s", SD_BUS_PARAM(id), "o", SD_BUS_PARAM(session), run,
                                           kCall),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("Apply", "s", SD_BUS_PARAM(id), "a{sv}", SD_BUS_PARAM(task),
                                           (later<CodegenTask, &CodegenService::apply>), kCall),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("Discard", "s", SD_BUS_PARAM(id), "a{sv}", SD_BUS_PARAM(task),
                                           (later<CodegenTask, &CodegenService::discard>), kCall),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("Revert", "s", SD_BUS_PARAM(id), "a{sv}", SD_BUS_PARAM(task),
                                           (later<CodegenTask, &CodegenService::revert>), kCall),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("Report", "", "", "taa{sv}",
                                           SD_BUS_PARAM(since) SD_BUS_PARAM(models), report, kCall),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES("TaskChanged", "a{sv}", SD_BUS_PARAM(task), 0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES("TaskGone", "s", SD_BUS_PARAM(id), 0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(
        "Reload", "sssas",
        SD_BUS_PARAM(task) SD_BUS_PARAM(branch) SD_BUS_PARAM(repository) SD_BUS_PARAM(paths), 0),
    sd_bus_vtable SD_BUS_VTABLE_END,
};

} // namespace

const sd_bus_vtable* codegenTable() {
    return kTable.data();
}

} // namespace bus

namespace {

// As with sessions: what may wait for a bus that is slow, and how often is told what changes often.
constexpr std::uint64_t kMostQueued = 64;
constexpr std::chrono::milliseconds kPause{50};

} // namespace

Result<std::unique_ptr<BusCodegen>> BusCodegen::create(EventLoop& loop, bus::Context& context) {
    std::unique_ptr<BusCodegen> made(new BusCodegen(context));
    auto* self = made.get();
    auto timer = loop.addTimer([self] { self->tell(); });
    if (!timer) {
        return std::unexpected(timer.error());
    }
    made->timer_ = std::move(*timer);
    const auto changed = [self](const CodegenTaskId& id) {
        if (self->bus_ != nullptr) {
            self->changed_.insert(id);
            self->note();
        }
    };
    made->subscription_ = context.codegen->subscribe(
        {.onTask = [changed](const CodegenTask& task) { changed(task.id); },
         .onGone = changed,
         .onReload = [self](const CodegenReload& reload) { self->tellReload(reload); },
         .onStatus =
             [self] {
                 self->statusChanged_ = self->bus_ != nullptr;
                 self->note();
             }});
    return made;
}

int BusCodegen::attach(sd_bus& bus) {
    sd_bus_slot* slot = nullptr;
    const int code =
        sd_bus_add_object_vtable(&bus, &slot, bus::kRoot, bus::kCodegen, bus::codegenTable(), &context_);
    if (code >= 0) {
        slot_.reset(slot);
        bus_ = &bus;
    }
    return code;
}

void BusCodegen::detach() {
    slot_.reset();
    bus_ = nullptr;
    changed_.clear();
    statusChanged_ = false;
    armed_ = false;
    timer_.disarm();
}

void BusCodegen::note() {
    if (bus_ != nullptr && !std::exchange(armed_, true)) {
        timer_.arm(kPause);
    }
}

void BusCodegen::tell() {
    armed_ = false;
    std::uint64_t queued = 0;
    while (bus_ != nullptr && !changed_.empty() && queued <= kMostQueued) {
        tellTask(changed_.extract(changed_.begin()).value());
        sd_bus_get_n_queued_write(bus_, &queued);
    }
    if (bus_ != nullptr && queued <= kMostQueued && std::exchange(statusChanged_, false)) {
        sd_bus_emit_properties_changed(bus_, bus::kRoot, bus::kCodegen, "Problems", "CoolsDownUntil",
                                       "FailuresInRow", nullptr);
    }
    if (!changed_.empty() || statusChanged_) {
        note();
    }
}

void BusCodegen::tellTask(const CodegenTaskId& id) {
    const CodegenTask* task = context_.codegen->find(id);
    sd_bus_message* made = nullptr;
    int code = sd_bus_message_new_signal(bus_, &made, bus::kRoot, bus::kCodegen,
                                         task != nullptr ? "TaskChanged" : "TaskGone");
    const SdBusMessageHandle message(made);
    if (code >= 0) {
        code = task != nullptr ? bus::append(*made, *task)
                               : sd_bus_message_append(made, "s", bus::textFor(id).c_str());
    }
    if (code >= 0) {
        sd_bus_send(bus_, made, nullptr);
    }
}

void BusCodegen::tellReload(const CodegenReload& reload) {
    sd_bus_message* made = nullptr;
    if (bus_ == nullptr || sd_bus_message_new_signal(bus_, &made, bus::kRoot, bus::kCodegen, "Reload") < 0) {
        return;
    }
    const SdBusMessageHandle message(made);
    const int code =
        sd_bus_message_append(made, "sss", bus::textFor(reload.task).c_str(),
                              bus::textFor(reload.branch).c_str(), bus::textFor(reload.repository).c_str());
    if (code >= 0 && bus::Dict::appendTexts(*made, reload.paths) >= 0) {
        sd_bus_send(bus_, made, nullptr);
    }
}

} // namespace compositord
