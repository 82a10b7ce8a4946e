#include "cli/bus_client.hpp"

#include <fmt/format.h>

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace compositord::cli {

namespace {

constexpr const char* kName = "org.geometryos.Compositord1";
constexpr const char* kRoot = "/org/geometryos/Compositord1";
constexpr const char* kSessions = "/org/geometryos/Compositord1/session";
constexpr const char* kManager = "org.geometryos.Compositord1.Manager";
constexpr const char* kSession = "org.geometryos.Compositord1.Session";

/// What the arguments of a signal are called, after the sequence number.
struct EventForm {
    std::string_view name;
    std::array<const char*, 4> fields;
};

constexpr std::array kEvents{
    EventForm{"Queued", {"task"}},
    EventForm{"Started", {"task"}},
    EventForm{"StepStarted", {"step", "index", "count"}},
    EventForm{"StepEnded", {"step", "ok", "error"}},
    EventForm{"Progress", {"step", "percent"}},
    EventForm{"Output", {"kind", "text"}},
    EventForm{"ToolStarted", {"call", "tool", "input"}},
    EventForm{"ToolEnded", {"call", "tool", "ok", "result"}},
    EventForm{"TokensUsed", {"tokens"}},
    EventForm{"ChoicesOffered", {"choices"}},
    EventForm{"ChoiceMade", {"choice"}},
    EventForm{"Completed", {"task", "result"}},
    EventForm{"Failed", {"task", "error"}},
    EventForm{"Cancelled", {"task", "error"}},
};

struct Free {
    void operator()(char* text) const {
        std::free(text); // NOLINT(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): sd-bus's
    }
};

std::string pathOf(const std::string& session) {
    char* made = nullptr;
    sd_bus_path_encode(kSessions, session.c_str(), &made);
    const std::unique_ptr<char, Free> path(made);
    return path ? path.get() : kSessions;
}

std::string sessionAt(const char* path) {
    char* made = nullptr;
    sd_bus_path_decode(path, kSessions, &made);
    const std::unique_ptr<char, Free> id(made);
    return id ? id.get() : "";
}

std::unexpected<Problem> unreadable() {
    return problem(Exit::failed, "compositord answers in a way that this program does not understand");
}

std::unexpected<Problem> problemOf(int code, const sd_bus_error& error) {
    static constexpr std::array absent{SD_BUS_ERROR_SERVICE_UNKNOWN, SD_BUS_ERROR_NAME_HAS_NO_OWNER,
                                       SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_TIMEOUT};
    const std::string_view name = error.name != nullptr ? error.name : "";
    if (std::ranges::find(absent, name) != absent.end() ||
        name.starts_with("org.freedesktop.DBus.Error.Spawn")) {
        return problem(Exit::absent, fmt::format("compositord does not run on this bus ({})", error.message));
    }
    if (!name.empty() && !name.starts_with("System.Error")) {
        return problem(Exit::failed, error.message != nullptr ? error.message : std::string(name));
    }
    return problem(Exit::absent,
                   fmt::format("the bus: {}", std::strerror(-code))); // NOLINT(concurrency-mt-unsafe)
}

/// One value of any of the types that are used; less than 0 if it is another.
int readValue(sd_bus_message& message, Value& value) {
    char type = 0;
    const char* contents = nullptr;
    int code = sd_bus_message_peek_type(&message, &type, &contents);
    if (code <= 0) {
        return code < 0 ? code : -EBADMSG;
    }
    const auto basic = [&](auto raw, auto convert) {
        code = sd_bus_message_read_basic(&message, type, static_cast<void*>(&raw));
        if (code > 0) {
            value = convert(raw);
        }
        return code;
    };
    switch (type) {
    case 's':
        return basic(static_cast<const char*>(nullptr), [](const char* raw) { return std::string(raw); });
    case 't':
        return basic(std::uint64_t{0}, [](std::uint64_t raw) { return raw; });
    case 'u':
        return basic(std::uint32_t{0}, [](std::uint32_t raw) { return std::uint64_t{raw}; });
    case 'd':
        return basic(0.0, [](double raw) { return raw; });
    case 'b':
        return basic(0, [](int raw) { return raw != 0; });
    default:
        break;
    }
    Pairs pairs;
    const char* first = nullptr;
    const char* second = nullptr;
    code = sd_bus_message_enter_container(&message, 'a', "(ss)");
    while (code >= 0 && (code = sd_bus_message_read(&message, "(ss)", &first, &second)) > 0) {
        pairs.emplace_back(first, second);
    }
    value = std::move(pairs);
    return code < 0 ? code : sd_bus_message_exit_container(&message);
}

int readEvent(sd_bus_message& message, Event& event) {
    const char* name = nullptr;
    const char* contents = nullptr;
    int code = sd_bus_message_read(&message, "ts", &event.time, &name);
    const auto step = [&code](int result) { code = code < 0 ? code : result; };
    if (code < 0) {
        return code;
    }
    event.name = name;
    step(sd_bus_message_peek_type(&message, nullptr, &contents));
    step(code < 0 ? code : sd_bus_message_enter_container(&message, 'v', contents));
    step(code < 0 ? code : sd_bus_message_peek_type(&message, nullptr, &contents));
    step(code < 0 ? code : sd_bus_message_enter_container(&message, 'r', contents));
    step(code < 0 ? code : sd_bus_message_read(&message, "t", &event.sequence));
    const auto* form = std::ranges::find(kEvents, event.name, &EventForm::name);
    for (std::size_t i = 0; code >= 0 && sd_bus_message_at_end(&message, 0) == 0; ++i) {
        // One that is not known here comes from a later version: what it says has no names.
        const bool known = form != kEvents.end() && i < form->fields.size() && form->fields.at(i) != nullptr;
        auto& field =
            event.fields.emplace_back(known ? form->fields.at(i) : fmt::format("argument{}", i), Value());
        step(readValue(message, field.second));
    }
    step(code < 0 ? code : sd_bus_message_exit_container(&message));
    step(code < 0 ? code : sd_bus_message_exit_container(&message));
    return code;
}

} // namespace

std::string textIn(const Fields& fields, std::string_view name) {
    for (const auto& [key, value] : fields) {
        if (const auto* text = std::get_if<std::string>(&value); text != nullptr && key == name) {
            return *text;
        }
    }
    return {};
}

Outcome<BusClient> BusClient::open(const std::string& address) {
    sd_bus* bus = nullptr;
    int code = 0;
    if (address.empty()) {
        code = sd_bus_open_user(&bus);
    } else {
        code = sd_bus_new(&bus);
        code = code < 0 ? code : sd_bus_set_address(bus, address.c_str());
        code = code < 0 ? code : sd_bus_set_bus_client(bus, 1);
        code = code < 0 ? code : sd_bus_start(bus);
    }
    BusClient client(bus);
    if (code < 0) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
        return problem(Exit::absent,
                       fmt::format("the user's bus cannot be reached: {}", std::strerror(-code)));
    }
    return client;
}

Outcome<BusClient::Message> BusClient::newCall(const std::string& path, const char* interface,
                                               const char* member) {
    sd_bus_message* made = nullptr;
    const int code =
        sd_bus_message_new_method_call(bus_.get(), &made, kName, path.c_str(), interface, member);
    if (code < 0) {
        return problem(Exit::absent,
                       fmt::format("the bus: {}", std::strerror(-code))); // NOLINT(concurrency-mt-unsafe)
    }
    return Message(made);
}

Outcome<BusClient::Message> BusClient::send(Message call) {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message* answer = nullptr;
    const int code = sd_bus_call(bus_.get(), call.get(), 0, &error, &answer);
    Message owned(answer);
    if (code < 0) {
        auto what = problemOf(code, error);
        sd_bus_error_free(&error);
        return what;
    }
    return owned;
}

Outcome<> BusClient::act(const std::string& session, const char* method, const char* argument) {
    auto call = newCall(pathOf(session), kSession, method);
    if (call && argument != nullptr && sd_bus_message_append(call->get(), "s", argument) < 0) {
        return problem(Exit::usage, "that cannot be sent over the bus");
    }
    const auto answer = call ? send(*std::move(call)) : std::move(call);
    return answer ? Outcome<>() : std::unexpected(answer.error());
}

Outcome<std::vector<Fields>> BusClient::list() {
    auto call = newCall(kRoot, kManager, "List");
    auto answer = call ? send(*std::move(call)) : std::move(call);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    std::vector<Fields> result;
    const char* path = nullptr;
    std::array<const char*, 4> texts{};
    double percent = 0;
    int code = sd_bus_message_enter_container(answer->get(), 'a', "(ossssd)");
    while (code >= 0 && (code = sd_bus_message_read(answer->get(), "(ossssd)", &path, texts.data(), &texts[1],
                                                    &texts[2], &texts[3], &percent)) > 0) {
        result.push_back({{"id", texts[0]},
                          {"type", texts[1]},
                          {"state", texts[2]},
                          {"description", texts[3]},
                          {"progress", percent}});
    }
    return code < 0 ? Outcome<std::vector<Fields>>(unreadable()) : result;
}

Outcome<std::vector<Type>> BusClient::types() {
    auto call = newCall(kRoot, kManager, "ListTypes");
    auto answer = call ? send(*std::move(call)) : std::move(call);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    sd_bus_message* const message = answer->get();
    std::vector<Type> result;
    const char* name = nullptr;
    const char* description = nullptr;
    const char* fallback = nullptr;
    int needed = 0;
    int code = sd_bus_message_enter_container(message, 'a', "(ssa(ssbs))");
    while (code >= 0 && (code = sd_bus_message_enter_container(message, 'r', "ssa(ssbs)")) > 0) {
        code = sd_bus_message_read(message, "ss", &name, &description);
        Type& type = result.emplace_back(code < 0 ? Type{} : Type{name, description, {}});
        code = code < 0 ? code : sd_bus_message_enter_container(message, 'a', "(ssbs)");
        while (code >= 0 &&
               (code = sd_bus_message_read(message, "(ssbs)", &name, &description, &needed, &fallback)) > 0) {
            type.parameters.push_back({name, description, needed != 0, fallback});
        }
        code = code < 0 ? code : sd_bus_message_exit_container(message);
        code = code < 0 ? code : sd_bus_message_exit_container(message);
    }
    return code < 0 ? Outcome<std::vector<Type>>(unreadable()) : result;
}

Outcome<Fields> BusClient::show(const std::string& session) {
    auto call = newCall(pathOf(session), "org.freedesktop.DBus.Properties", "GetAll");
    if (call) {
        sd_bus_message_append(call->get(), "s", kSession);
    }
    auto answer = call ? send(*std::move(call)) : std::move(call);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    sd_bus_message* const message = answer->get();
    Fields result;
    const char* name = nullptr;
    const char* contents = nullptr;
    int code = sd_bus_message_enter_container(message, 'a', "{sv}");
    const auto step = [&code](int done) { code = code < 0 ? code : done; };
    while (code >= 0 && (code = sd_bus_message_enter_container(message, 'e', "sv")) > 0) {
        step(sd_bus_message_read(message, "s", &name));
        step(code < 0 ? code : sd_bus_message_peek_type(message, nullptr, &contents));
        step(code < 0 ? code : sd_bus_message_enter_container(message, 'v', contents));
        if (code < 0) {
            break;
        }
        std::string key(name);
        key[0] = static_cast<char>(key[0] | 0x20); // as in JSON
        step(readValue(*message, result.emplace_back(std::move(key), Value()).second));
        step(code < 0 ? code : sd_bus_message_exit_container(message));
        step(code < 0 ? code : sd_bus_message_exit_container(message));
    }
    return code < 0 ? Outcome<Fields>(unreadable()) : result;
}

Outcome<std::string> BusClient::spawn(const Spawn& wanted) {
    auto call = newCall(kRoot, kManager, "Spawn");
    if (!call) {
        return std::unexpected(call.error());
    }
    sd_bus_message* const message = call->get();
    int code = sd_bus_message_append(message, "ss", wanted.type.c_str(), wanted.task.c_str());
    code = code < 0 ? code : sd_bus_message_open_container(message, 'a', "{ss}");
    for (const auto& [name, value] : wanted.parameters) {
        code = code < 0 ? code : sd_bus_message_append(message, "{ss}", name.c_str(), value.c_str());
    }
    code = code < 0 ? code : sd_bus_message_close_container(message);
    code = code < 0 ? code : sd_bus_message_append(message, "s", wanted.priority.c_str());
    if (code < 0) {
        return problem(Exit::usage, "that cannot be sent over the bus: it must be UTF-8");
    }
    const auto answer = send(*std::move(call));
    if (!answer) {
        return std::unexpected(answer.error());
    }
    const char* path = nullptr;
    return sd_bus_message_read(answer->get(), "o", &path) > 0 ? Outcome<std::string>(sessionAt(path))
                                                              : unreadable();
}

Outcome<Events> BusClient::events(const std::string& session, std::uint64_t since) {
    auto call = newCall(pathOf(session), kSession, "GetEvents");
    if (call) {
        sd_bus_message_append(call->get(), "t", since);
    }
    auto answer = call ? send(*std::move(call)) : std::move(call);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    sd_bus_message* const message = answer->get();
    Events result;
    int complete = 0;
    int code = sd_bus_message_read(message, "b", &complete);
    result.complete = complete != 0;
    code = code < 0 ? code : sd_bus_message_enter_container(message, 'a', "(tsv)");
    while (code >= 0 && (code = sd_bus_message_enter_container(message, 'r', "tsv")) > 0) {
        code = readEvent(*message, result.events.emplace_back());
        code = code < 0 ? code : sd_bus_message_exit_container(message);
    }
    return code < 0 ? Outcome<Events>(unreadable()) : result;
}

Outcome<> BusClient::follow(const std::string& session) {
    const auto onNews = [](sd_bus_message*, void* data, sd_bus_error*) noexcept {
        *static_cast<bool*>(data) = true;
        return 0;
    };
    const std::string events =
        fmt::format("type='signal',sender='{}',path='{}',interface='{}'", kName, pathOf(session), kSession);
    const std::string end =
        fmt::format("type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{}'", kName);
    for (const std::string& rule : {events, end}) {
        if (const int code = sd_bus_add_match(bus_.get(), nullptr, rule.c_str(), onNews, news_.get());
            code < 0) {
            return problem(Exit::absent,
                           fmt::format("the bus: {}", std::strerror(-code))); // NOLINT(concurrency-mt-unsafe)
        }
    }
    return {};
}

Outcome<bool> BusClient::wait(int descriptor) {
    for (;;) {
        int code = 0;
        while ((code = sd_bus_process(bus_.get(), nullptr)) > 0) {
        }
        if (code < 0) {
            return problem(Exit::absent, "the bus is gone");
        }
        if (std::exchange(*news_, false)) {
            return false;
        }
        std::array<pollfd, 2> ready{pollfd{.fd = sd_bus_get_fd(bus_.get()),
                                           .events = static_cast<short>(sd_bus_get_events(bus_.get()))},
                                    pollfd{.fd = descriptor, .events = POLLIN}};
        poll(ready.data(), ready.size(), -1);
        if ((ready[1].revents & POLLIN) != 0) {
            return true;
        }
    }
}

} // namespace compositord::cli
