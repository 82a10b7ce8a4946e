#include "notify/bus_event.hpp"
#include "notify/bus_names.hpp"
#include "notify/bus_objects.hpp"

#include <array>
#include <cstdlib>
#include <cstring>

namespace compositord::bus {

namespace {

Context& contextOf(void* data) {
    return *static_cast<Context*>(data);
}

int noSession(sd_bus_error* error) {
    return sd_bus_error_set(error, kNoSuchSession, "there is no such session");
}

template <auto Append>
int property(sd_bus* /*bus*/, const char* path, const char* /*interface*/, const char* /*property*/,
             sd_bus_message* reply, void* data, sd_bus_error* error) noexcept {
    const auto id = sessionAt(path);
    const Session* session = id ? contextOf(data).sessions.find(*id) : nullptr;
    return session != nullptr ? Append(reply, *session) : noSession(error);
}

template <auto Member>
int text(sd_bus* bus, const char* path, const char* interface, const char* name, sd_bus_message* reply,
         void* data, sd_bus_error* error) noexcept {
    constexpr auto append = [](sd_bus_message* message, const Session& session) {
        return sd_bus_message_append(message, "s", textFor(Member(session)).c_str());
    };
    return property<append>(bus, path, interface, name, reply, data, error);
}

template <auto Member>
int number(sd_bus* bus, const char* path, const char* interface, const char* name, sd_bus_message* reply,
           void* data, sd_bus_error* error) noexcept {
    constexpr auto append = [](sd_bus_message* message, const Session& session) {
        return sd_bus_message_append(message, "t", std::uint64_t{Member(session)});
    };
    return property<append>(bus, path, interface, name, reply, data, error);
}

/// 0: not yet.
std::uint64_t milliseconds(const std::optional<WallTime>& time) {
    return time ? static_cast<std::uint64_t>(time->time_since_epoch().count()) : 0;
}

int appendProgress(sd_bus_message* reply, const Session& session) {
    return sd_bus_message_append(reply, "d", session.progress);
}

int appendChoices(sd_bus_message* reply, const Session& session) {
    return append(*reply, session.choices);
}

/// The session that a call is to.
SessionId calledSession(sd_bus_message* call) {
    return sessionAt(sd_bus_message_get_path(call)).value_or("");
}

int answer(sd_bus_message* call, const std::expected<void, Refusal>& done, sd_bus_error* error) {
    return done ? sd_bus_reply_method_return(call, "") : refuse(error, done.error());
}

int cancel(sd_bus_message* call, void* data, sd_bus_error* error) noexcept {
    return answer(call, contextOf(data).sessions.cancel(calledSession(call)), error);
}

int choose(sd_bus_message* call, void* data, sd_bus_error* error) noexcept {
    const char* choice = nullptr;
    if (const int code = sd_bus_message_read(call, "s", &choice); code < 0) {
        return code;
    }
    return answer(call, contextOf(data).sessions.choose(calledSession(call), choice), error);
}

int forget(sd_bus_message* call, void* data, sd_bus_error* error) noexcept {
    return answer(call, contextOf(data).sessions.forget(calledSession(call)), error);
}

int addTask(sd_bus_message* call, void* data, sd_bus_error* error) noexcept {
    SessionTask task;
    const char* description = nullptr;
    if (const int code = sd_bus_message_read(call, "s", &description); code < 0) {
        return code;
    }
    task.description = description;
    if (const int code = readParameters(*call, task.parameters, error); code < 0) {
        return code;
    }
    return answer(call, contextOf(data).sessions.addTask(calledSession(call), std::move(task)), error);
}

int appendEvent(sd_bus_message* reply, const SessionEvent& event) {
    const SignalForm form = formOf(event.happening);
    const std::string structure = std::string("(") + form.signature + ")";
    int code = sd_bus_message_open_container(reply, 'r', "tsv");
    const auto step = [&code](int result) { code = code < 0 ? code : result; };
    step(sd_bus_message_append(reply, "ts", milliseconds(event.time), form.name));
    step(sd_bus_message_open_container(reply, 'v', structure.c_str()));
    step(sd_bus_message_open_container(reply, 'r', form.signature));
    step(append(*reply, event));
    for (int depth = 0; depth < 3; ++depth) {
        step(sd_bus_message_close_container(reply));
    }
    return code;
}

int getEvents(sd_bus_message* call, void* data, sd_bus_error* /*error*/) noexcept {
    std::uint64_t since = 0;
    if (const int code = sd_bus_message_read(call, "t", &since); code < 0) {
        return code;
    }
    const SessionHistory history = contextOf(data).sessions.history(calledSession(call), since);
    sd_bus_message* made = nullptr;
    int code = sd_bus_message_new_method_return(call, &made);
    const SdBusMessageHandle reply(made);
    const auto step = [&code](int result) { code = code < 0 ? code : result; };
    step(code < 0 ? code : sd_bus_message_append(made, "b", int{history.complete}));
    step(code < 0 ? code : sd_bus_message_open_container(made, 'a', "(tsv)"));
    for (const SharedSessionEvent& event : history.events) {
        step(code < 0 ? code : appendEvent(made, *event));
    }
    step(code < 0 ? code : sd_bus_message_close_container(made));
    return code < 0 ? code : sd_bus_message_send(made);
}

constexpr auto kChanges = SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE;
constexpr auto kFixed = SD_BUS_VTABLE_PROPERTY_CONST;
constexpr auto kCall = SD_BUS_VTABLE_UNPRIVILEGED;

const std::array kTable{
    sd_bus_vtable SD_BUS_VTABLE_START(0),
    sd_bus_vtable SD_BUS_PROPERTY("Id", "s", text<[](const Session& s) { return s.id; }>, 0, kFixed),
    sd_bus_vtable SD_BUS_PROPERTY("Type", "s", text<[](const Session& s) { return s.type; }>, 0, kFixed),
    sd_bus_vtable SD_BUS_PROPERTY("Owner", "s", text<[](const Session& s) { return s.owner; }>, 0, kFixed),
    sd_bus_vtable SD_BUS_PROPERTY("Priority", "s", text<[](const Session& s) { return nameOf(s.priority); }>,
                                  0, kFixed),
    sd_bus_vtable SD_BUS_PROPERTY(
        "Created", "t", number<[](const Session& s) { return milliseconds(s.created); }>, 0, kFixed),
    sd_bus_vtable SD_BUS_PROPERTY("State", "s", text<[](const Session& s) { return nameOf(s.state); }>, 0,
                                  kChanges),
    sd_bus_vtable SD_BUS_PROPERTY("Task", "s", text<[](const Session& s) { return s.task.id; }>, 0, kChanges),
    sd_bus_vtable SD_BUS_PROPERTY("Description", "s",
                                  text<[](const Session& s) { return s.task.description; }>, 0, kChanges),
    sd_bus_vtable SD_BUS_PROPERTY("Step", "s", text<[](const Session& s) { return s.step; }>, 0, kChanges),
    sd_bus_vtable SD_BUS_PROPERTY("Progress", "d", property<appendProgress>, 0, kChanges),
    sd_bus_vtable SD_BUS_PROPERTY("Choices", "a(ss)", property<appendChoices>, 0, kChanges),
    sd_bus_vtable SD_BUS_PROPERTY("Result", "s", text<[](const Session& s) { return s.result; }>, 0,
                                  kChanges),
    sd_bus_vtable SD_BUS_PROPERTY("Error", "s", text<[](const Session& s) { return s.error; }>, 0, kChanges),
    sd_bus_vtable SD_BUS_PROPERTY(
        "Started", "t", number<[](const Session& s) { return milliseconds(s.started); }>, 0, kChanges),
    sd_bus_vtable SD_BUS_PROPERTY(
        "Ended", "t", number<[](const Session& s) { return milliseconds(s.ended); }>, 0, kChanges),
    sd_bus_vtable SD_BUS_PROPERTY("Tokens", "t",
                                  number<[](const Session& s) { return s.metrics.tokensUsed; }>, 0, kChanges),
    sd_bus_vtable SD_BUS_PROPERTY("Sequence", "t", number<[](const Session& s) { return s.sequence; }>, 0, 0),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("Cancel", "", "", "", "", cancel, kCall),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("Choose", "s", SD_BUS_PARAM(choice), "", "", choose, kCall),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("Forget", "", "", "", "", forget, kCall),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES(
        "AddTask", "sa{ss}", SD_BUS_PARAM(description) SD_BUS_PARAM(parameters), "", "", addTask, kCall),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("GetEvents", "t", SD_BUS_PARAM(since), "ba(tsv)",
                                           SD_BUS_PARAM(complete) SD_BUS_PARAM(events), getEvents, kCall),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(kQueued.name, kQueued.signature,
                                           SD_BUS_PARAM(sequence) SD_BUS_PARAM(task), 0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(kStarted.name, kStarted.signature,
                                           SD_BUS_PARAM(sequence) SD_BUS_PARAM(task), 0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(
        kStepStarted.name, kStepStarted.signature,
        SD_BUS_PARAM(sequence) SD_BUS_PARAM(step) SD_BUS_PARAM(index) SD_BUS_PARAM(count), 0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(
        kStepEnded.name, kStepEnded.signature,
        SD_BUS_PARAM(sequence) SD_BUS_PARAM(step) SD_BUS_PARAM(ok) SD_BUS_PARAM(error), 0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(kProgress.name, kProgress.signature,
                                           SD_BUS_PARAM(sequence) SD_BUS_PARAM(step) SD_BUS_PARAM(percent),
                                           0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(kOutput.name, kOutput.signature,
                                           SD_BUS_PARAM(sequence) SD_BUS_PARAM(kind) SD_BUS_PARAM(text), 0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(
        kToolStarted.name, kToolStarted.signature,
        SD_BUS_PARAM(sequence) SD_BUS_PARAM(call) SD_BUS_PARAM(tool) SD_BUS_PARAM(input), 0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(kToolEnded.name, kToolEnded.signature,
                                           SD_BUS_PARAM(sequence) SD_BUS_PARAM(call) SD_BUS_PARAM(tool)
                                               SD_BUS_PARAM(ok) SD_BUS_PARAM(result),
                                           0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(kTokensUsed.name, kTokensUsed.signature,
                                           SD_BUS_PARAM(sequence) SD_BUS_PARAM(tokens), 0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(kChoicesOffered.name, kChoicesOffered.signature,
                                           SD_BUS_PARAM(sequence) SD_BUS_PARAM(choices), 0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(kChoiceMade.name, kChoiceMade.signature,
                                           SD_BUS_PARAM(sequence) SD_BUS_PARAM(choice), 0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(kCompleted.name, kCompleted.signature,
                                           SD_BUS_PARAM(sequence) SD_BUS_PARAM(task) SD_BUS_PARAM(result), 0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(kFailed.name, kFailed.signature,
                                           SD_BUS_PARAM(sequence) SD_BUS_PARAM(task) SD_BUS_PARAM(error), 0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(kCancelled.name, kCancelled.signature,
                                           SD_BUS_PARAM(sequence) SD_BUS_PARAM(task) SD_BUS_PARAM(error), 0),
    sd_bus_vtable SD_BUS_SIGNAL_WITH_NAMES(kSkipped.name, kSkipped.signature,
                                           SD_BUS_PARAM(sequence) SD_BUS_PARAM(count), 0),
    sd_bus_vtable SD_BUS_VTABLE_END,
};

} // namespace

const sd_bus_vtable* sessionTable() {
    return kTable.data();
}

int findSession(sd_bus* /*bus*/, const char* path, const char* /*interface*/, void* context, void** found,
                sd_bus_error* error) noexcept {
    const auto id = sessionAt(path);
    if (!id) {
        return 0;
    }
    if (contextOf(context).sessions.find(*id) == nullptr) {
        return noSession(error);
    }
    *found = context;
    return 1;
}

int listSessions(sd_bus* /*bus*/, const char* /*prefix*/, void* context, char*** paths,
                 sd_bus_error* /*error*/) noexcept {
    const auto sessions = contextOf(context).sessions.list();
    // sd-bus frees the list and what is in it.
    auto** list = static_cast<char**>(std::calloc(sessions.size() + 1, sizeof(char*))); // NOLINT
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        list[i] = strdup(pathOf(sessions[i]->id).c_str()); // NOLINT
    }
    *paths = list;
    return 0;
}

} // namespace compositord::bus
