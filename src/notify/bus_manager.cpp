#include "config.hpp"
#include "notify/bus_event.hpp"
#include "notify/bus_names.hpp"
#include "notify/bus_objects.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace compositord::bus {

namespace {

constexpr std::size_t kMostParameters = 64;

Context& contextOf(void* data) {
    return *static_cast<Context*>(data);
}

template <auto Append>
int property(sd_bus* /*bus*/, const char* /*path*/, const char* /*interface*/, const char* /*property*/,
             sd_bus_message* reply, void* data, sd_bus_error* /*error*/) noexcept {
    return Append(reply, contextOf(data));
}

int appendVersion(sd_bus_message* reply, Context& /*context*/) {
    return sd_bus_message_append(reply, "s", kVersion);
}

int appendCompositors(sd_bus_message* reply, const Context& context) {
    int code = sd_bus_message_open_container(reply, 'a', "(ssb)");
    for (const Compositor& compositor : context.facts.compositors()) {
        code = code < 0
                   ? code
                   : sd_bus_message_append(reply, "(ssb)", textFor(compositor.name).c_str(),
                                           textFor(compositor.driver).c_str(), int{compositor.connected});
    }
    return code < 0 ? code : sd_bus_message_close_container(reply);
}

int appendClients(sd_bus_message* reply, const Context& context) {
    return sd_bus_message_append(reply, "u", context.facts.clients());
}

int appendRevision(sd_bus_message* reply, const Context& context) {
    return sd_bus_message_append(reply, "t", context.facts.revision());
}

int appendRunning(sd_bus_message* reply, const Context& context) {
    return sd_bus_message_append(reply, "u", static_cast<std::uint32_t>(context.sessions.totals().running));
}

int appendWaiting(sd_bus_message* reply, const Context& context) {
    return sd_bus_message_append(reply, "u", static_cast<std::uint32_t>(context.sessions.totals().queued));
}

int appendLogCategories(sd_bus_message* reply, Context& /*context*/) {
    int code = sd_bus_message_open_container(reply, 'a', "s");
    for (const std::string_view name : kLogCategoryNames) {
        code = code < 0 ? code : sd_bus_message_append(reply, "s", std::string(name).c_str());
    }
    return code < 0 ? code : sd_bus_message_close_container(reply);
}

int appendMalformed(sd_bus_message* reply, const Context& context) {
    return sd_bus_message_append(reply, "t", context.malformed);
}

int spawn(sd_bus_message* call, void* data, sd_bus_error* error) noexcept {
    // Each connection has its turn, as each client of the web has.
    const char* sender = sd_bus_message_get_sender(call);
    SpawnSession wanted{.owner = fmt::format("dbus {}", sender != nullptr ? sender : "")};
    const char* type = nullptr;
    const char* description = nullptr;
    if (const int code = sd_bus_message_read(call, "ss", &type, &description); code < 0) {
        return code;
    }
    wanted.type = type;
    wanted.task.description = description;
    if (const int code = readParameters(*call, wanted.task.parameters, error); code < 0) {
        return code;
    }
    const char* priority = nullptr;
    if (const int code = sd_bus_message_read(call, "s", &priority); code < 0) {
        return code;
    }
    if (*priority != '\0') {
        const auto parsed = parseSessionPriority(priority);
        if (!parsed) {
            return sd_bus_error_set(error, kInvalidArgument,
                                    "the priority must be low, normal, high or critical, or empty");
        }
        wanted.priority = *parsed;
    }
    const auto id = contextOf(data).sessions.spawn(std::move(wanted));
    if (!id) {
        return refuse(error, id.error());
    }
    return sd_bus_reply_method_return(call, "o", pathOf(*id).c_str());
}

int cancel(sd_bus_message* call, void* data, sd_bus_error* error) noexcept {
    const char* id = nullptr;
    if (const int code = sd_bus_message_read(call, "s", &id); code < 0) {
        return code;
    }
    if (const auto done = contextOf(data).sessions.cancel(id); !done) {
        return refuse(error, done.error());
    }
    return sd_bus_reply_method_return(call, "");
}

int connect(sd_bus_message* call, void* data, sd_bus_error* error) noexcept {
    const auto end = contextOf(data).facts.connect();
    if (!end) {
        return sd_bus_error_set(error, kRefused, end.error().message().c_str());
    }
    return sd_bus_reply_method_return(call, "h", end->get()); // which duplicates it
}

int list(sd_bus_message* call, void* data, sd_bus_error* /*error*/) noexcept {
    sd_bus_message* made = nullptr;
    int code = sd_bus_message_new_method_return(call, &made);
    const SdBusMessageHandle reply(made);
    const auto step = [&code](int result) { code = code < 0 ? code : result; };
    step(code < 0 ? code : sd_bus_message_open_container(made, 'a', "(ossssd)"));
    for (const Session* session : contextOf(data).sessions.list()) {
        step(code < 0 ? code
                      : sd_bus_message_append(made, "(ossssd)", pathOf(session->id).c_str(),
                                              session->id.c_str(), textFor(session->type).c_str(),
                                              nameOf(session->state).data(), // NOLINT: a literal
                                              textFor(session->task.description).c_str(), session->progress));
    }
    step(code < 0 ? code : sd_bus_message_close_container(made));
    return code < 0 ? code : sd_bus_message_send(made);
}

int appendType(sd_bus_message* reply, const SessionType& type) {
    int code = sd_bus_message_open_container(reply, 'r', "ssa(ssbs)");
    const auto step = [&code](int result) { code = code < 0 ? code : result; };
    step(sd_bus_message_append(reply, "ss", textFor(type.name).c_str(), textFor(type.description).c_str()));
    step(sd_bus_message_open_container(reply, 'a', "(ssbs)"));
    for (const SessionType::Parameter& parameter : type.parameters) {
        step(sd_bus_message_append(reply, "(ssbs)", textFor(parameter.name).c_str(),
                                   textFor(parameter.description).c_str(), int{!parameter.fallback},
                                   textFor(parameter.fallback.value_or("")).c_str()));
    }
    step(sd_bus_message_close_container(reply));
    step(sd_bus_message_close_container(reply));
    return code;
}

int listTypes(sd_bus_message* call, void* data, sd_bus_error* /*error*/) noexcept {
    sd_bus_message* made = nullptr;
    int code = sd_bus_message_new_method_return(call, &made);
    const SdBusMessageHandle reply(made);
    const auto step = [&code](int result) { code = code < 0 ? code : result; };
    step(code < 0 ? code : sd_bus_message_open_container(made, 'a', "(ssa(ssbs))"));
    for (const SessionType& type : contextOf(data).sessions.types()) {
        step(code < 0 ? code : appendType(made, type));
    }
    step(code < 0 ? code : sd_bus_message_close_container(made));
    return code < 0 ? code : sd_bus_message_send(made);
}

int reload(sd_bus_message* call, void* data, sd_bus_error* error) noexcept {
    const auto restart = contextOf(data).facts.reload();
    if (!restart) {
        const std::string text = fmt::format("{}", fmt::join(restart.error(), "\n"));
        return sd_bus_error_set(error, kInvalidSettings, textFor(text).c_str());
    }
    sd_bus_message* made = nullptr;
    int code = sd_bus_message_new_method_return(call, &made);
    const SdBusMessageHandle reply(made);
    const auto step = [&code](int result) { code = code < 0 ? code : result; };
    step(code < 0 ? code : sd_bus_message_open_container(made, 'a', "s"));
    for (const std::string& name : *restart) {
        step(code < 0 ? code : sd_bus_message_append(made, "s", name.c_str()));
    }
    step(code < 0 ? code : sd_bus_message_close_container(made));
    return code < 0 ? code : sd_bus_message_send(made);
}

constexpr auto kChanges = SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE;
constexpr auto kFixed = SD_BUS_VTABLE_PROPERTY_CONST;

const std::array kTable{
    sd_bus_vtable SD_BUS_VTABLE_START(0),
    sd_bus_vtable SD_BUS_PROPERTY("Version", "s", property<appendVersion>, 0, kFixed),
    sd_bus_vtable SD_BUS_PROPERTY("Compositors", "a(ssb)", property<appendCompositors>, 0, kChanges),
    sd_bus_vtable SD_BUS_PROPERTY("Clients", "u", property<appendClients>, 0, 0),
    sd_bus_vtable SD_BUS_PROPERTY("Revision", "t", property<appendRevision>, 0, 0),
    sd_bus_vtable SD_BUS_PROPERTY("Running", "u", property<appendRunning>, 0, 0),
    sd_bus_vtable SD_BUS_PROPERTY("Waiting", "u", property<appendWaiting>, 0, 0),
    sd_bus_vtable SD_BUS_PROPERTY("Malformed", "t", property<appendMalformed>, 0, 0),
    sd_bus_vtable SD_BUS_WRITABLE_PROPERTY("LogLevel", "s", getLogLevels, setLogLevels, 0,
                                           kChanges | SD_BUS_VTABLE_UNPRIVILEGED),
    sd_bus_vtable SD_BUS_PROPERTY("LogCategories", "as", property<appendLogCategories>, 0, kFixed),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("Spawn", "ssa{ss}s",
                                           SD_BUS_PARAM(type) SD_BUS_PARAM(description)
                                               SD_BUS_PARAM(parameters) SD_BUS_PARAM(priority),
                                           "o", SD_BUS_PARAM(session), spawn, SD_BUS_VTABLE_UNPRIVILEGED),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("Cancel", "s", SD_BUS_PARAM(id), "", "", cancel,
                                           SD_BUS_VTABLE_UNPRIVILEGED),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("List", "", "", "a(ossssd)", SD_BUS_PARAM(sessions), list,
                                           SD_BUS_VTABLE_UNPRIVILEGED),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("Connect", "", "", "h", SD_BUS_PARAM(socket), connect,
                                           SD_BUS_VTABLE_UNPRIVILEGED),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("ListTypes", "", "", "a(ssa(ssbs))", SD_BUS_PARAM(types),
                                           listTypes, SD_BUS_VTABLE_UNPRIVILEGED),
    sd_bus_vtable SD_BUS_METHOD_WITH_NAMES("Reload", "", "", "as", SD_BUS_PARAM(restart), reload,
                                           SD_BUS_VTABLE_UNPRIVILEGED),
    sd_bus_vtable SD_BUS_VTABLE_END,
};

const char* errorFor(const Refusal& refusal) {
    switch (refusal.code) {
    case RefusalCode::notFound:
        return refusal.member == "session"  ? kNoSuchSession
               : refusal.member == "choice" ? kNoSuchChoice
               : refusal.member == "task"   ? kNoSuchTask
                                            : kNoSuchType;
    case RefusalCode::invalidMember:
        return kInvalidArgument;
    case RefusalCode::busy:
        return kBusy;
    default:
        return kRefused;
    }
}

} // namespace

const sd_bus_vtable* managerTable() {
    return kTable.data();
}

int refuse(sd_bus_error* error, const Refusal& refusal) {
    return sd_bus_error_set(error, errorFor(refusal), textFor(refusal.message).c_str());
}

int readParameters(sd_bus_message& message, std::map<std::string, std::string>& parameters,
                   sd_bus_error* error) {
    int code = sd_bus_message_enter_container(&message, 'a', "{ss}");
    const char* name = nullptr;
    const char* value = nullptr;
    while (code >= 0 && (code = sd_bus_message_read(&message, "{ss}", &name, &value)) > 0) {
        if (!parameters.emplace(name, value).second || parameters.size() > kMostParameters) {
            return sd_bus_error_set(error, kInvalidArgument,
                                    "a parameter is there twice, or there are too many");
        }
    }
    return code < 0 ? code : sd_bus_message_exit_container(&message);
}

} // namespace compositord::bus
