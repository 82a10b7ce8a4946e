#include "cli/session_client.hpp"

#include "cli/conversation.hpp"
#include "cli/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace compositord::cli {

namespace {

/// What the bus calls an event, and which of its members are told.
struct EventForm {
    std::string_view event;
    const char* name;
    std::array<const char*, 4> fields;
};

constexpr std::array kEvents{
    EventForm{"task_queued", "Queued", {"task"}},
    EventForm{"task_started", "Started", {"task"}},
    EventForm{"step_started", "StepStarted", {"step", "index", "count"}},
    EventForm{"step_ended", "StepEnded", {"step", "ok", "error"}},
    EventForm{"progress", "Progress", {"step", "percent"}},
    EventForm{"output", "Output", {"kind", "text"}},
    EventForm{"tool_started", "ToolStarted", {"call", "tool", "input"}},
    EventForm{"tool_ended", "ToolEnded", {"call", "tool", "ok", "result"}},
    EventForm{"tokens", "TokensUsed", {"tokens"}},
    EventForm{"choices", "ChoicesOffered", {"choices"}},
    EventForm{"chosen", "ChoiceMade", {"choice"}},
};

constexpr std::array<std::string_view, 5> kListed{"id", "type", "state", "description", "progress"};

Value valueOf(const json_t* json) {
    if (json_is_array(json)) {
        Pairs pairs;
        for (const json_t* each : elementsOf(json)) {
            pairs.emplace_back(textIn(each, "id"), textIn(each, "label"));
        }
        return pairs;
    }
    if (json_is_integer(json)) {
        return static_cast<std::uint64_t>(std::max<json_int_t>(json_integer_value(json), 0));
    }
    if (json_is_real(json)) {
        return json_real_value(json);
    }
    if (json_is_boolean(json)) {
        return json_is_true(json);
    }
    return json_is_string(json) ? std::string(json_string_value(json), json_string_length(json)) : "";
}

/// An end of a task is an event of its own kind for each way to end.
void readEnd(const json_t* message, Event& event) {
    const std::string outcome = textIn(message, "outcome");
    event.name = outcome == "completed" ? "Completed" : outcome == "cancelled" ? "Cancelled" : "Failed";
    event.fields.emplace_back("task", textIn(message, "task"));
    const char* const says = event.name == "Completed" ? "result" : "error";
    event.fields.emplace_back(says, textIn(message, says));
}

std::string pathOf(const std::string& session) {
    std::string path = "/api/v1/sessions/";
    for (const char c : session) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           std::string_view("_-.~").contains(c);
        path += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return path;
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

std::uint64_t numberIn(const Fields& fields, std::string_view name) {
    const auto found = std::ranges::find(fields, name, &Fields::value_type::first);
    const auto* number = found != fields.end() ? std::get_if<std::uint64_t>(&found->second) : nullptr;
    return number != nullptr ? *number : 0;
}

Fields fieldsOf(const json_t* session) {
    const json_t* task = json_object_get(session, "task");
    Fields fields{{"id", textIn(session, "id")},
                  {"type", textIn(session, "sessionType")},
                  {"owner", textIn(session, "owner")},
                  {"priority", textIn(session, "priority")},
                  {"state", textIn(session, "state")},
                  {"task", textIn(task, "id")},
                  {"description", textIn(task, "description")},
                  {"step", textIn(session, "step")},
                  {"progress", numberIn(session, "percent")},
                  {"choices", Pairs()},
                  {"result", textIn(session, "result")},
                  {"error", textIn(session, "error")}};
    if (const json_t* choices = json_object_get(session, "choices")) {
        std::ranges::find(fields, "choices", &Fields::value_type::first)->second = valueOf(choices);
    }
    for (const char* time : {"created", "started", "ended", "tokens", "sequence"}) {
        fields.emplace_back(time, static_cast<std::uint64_t>(numberIn(session, time))); // 0: not yet
    }
    return fields;
}

Event eventOf(const json_t* message) {
    Event event{.sequence = static_cast<std::uint64_t>(numberIn(message, "sequence")),
                .time = static_cast<std::uint64_t>(numberIn(message, "time")),
                .missed = static_cast<std::uint64_t>(numberIn(message, "missed")),
                .name = textIn(message, "event"),
                .fields = {}};
    if (event.name == "task_ended") {
        readEnd(message, event);
        return event;
    }
    const auto* const form = std::ranges::find(kEvents, event.name, &EventForm::event);
    if (form == kEvents.end()) {
        event.fields.emplace_back("message", dump(message));
        return event;
    }
    event.name = form->name;
    for (const char* field : form->fields) {
        if (field == nullptr) {
            break;
        }
        const json_t* value = json_object_get(message, field);
        if (value == nullptr && event.name == "ToolEnded") {
            value = json_object_get(message, "error"); // it has one of both
        }
        const bool real = std::string_view(field) == "percent"; // whole numbers of them are written as such
        event.fields.emplace_back(field, real ? Value(json_number_value(value)) : valueOf(value));
    }
    return event;
}

Outcome<SessionClient> SessionClient::open(const Call& call) {
    auto transport = Transport::find(call);
    return transport ? Outcome<SessionClient>(SessionClient(*std::move(transport)))
                     : std::unexpected(transport.error());
}

Outcome<std::vector<Fields>> SessionClient::list() {
    const auto text = get(transport_, "/api/v1/sessions");
    const auto json = text ? parse(*text) : std::unexpected(text.error());
    if (!json) {
        return std::unexpected(json.error());
    }
    std::vector<Fields> sessions;
    for (const json_t* session : listIn(json->get(), "sessions")) {
        Fields fields = fieldsOf(session);
        std::erase_if(fields, [](const auto& field) {
            return std::ranges::find(kListed, std::string_view(field.first)) == kListed.end();
        });
        sessions.push_back(std::move(fields));
    }
    return sessions;
}

Outcome<std::vector<Type>> SessionClient::types() {
    const auto text = get(transport_, "/api/v1/sessions");
    const auto json = text ? parse(*text) : std::unexpected(text.error());
    if (!json) {
        return std::unexpected(json.error());
    }
    std::vector<Type> types;
    for (const json_t* each : listIn(json->get(), "types")) {
        Type& type = types.emplace_back(Type{textIn(each, "name"), textIn(each, "description"), {}});
        for (const json_t* parameter : listIn(each, "parameters")) {
            type.parameters.push_back({.name = textIn(parameter, "name"),
                                       .description = textIn(parameter, "description"),
                                       .needed = json_is_null(json_object_get(parameter, "default")),
                                       .fallback = textIn(parameter, "default")});
        }
    }
    return types;
}

Outcome<Fields> SessionClient::show(const std::string& session) {
    const auto text = get(transport_, pathOf(session));
    const auto json = text ? parse(*text) : std::unexpected(text.error());
    return json ? Outcome<Fields>(fieldsOf(json->get())) : std::unexpected(json.error());
}

Outcome<std::string> SessionClient::spawn(const Spawn& wanted) {
    std::string body;
    JsonWriter out(body);
    out.beginObject().member("sessionType", wanted.type).member("task", wanted.task);
    if (!wanted.parameters.empty()) {
        const JsonHandle parameters(json_object());
        for (const auto& [name, value] : wanted.parameters) {
            if (json_object_set_new(parameters.get(), name.c_str(),
                                    json_stringn(value.data(), value.size())) < 0) {
                return problem(Exit::usage, "that cannot be sent: it must be UTF-8");
            }
        }
        out.key("parameters").json(dump(parameters.get()));
    }
    if (!wanted.priority.empty()) {
        out.member("priority", wanted.priority);
    }
    out.endObject();
    const auto text = post(transport_, "/api/v1/sessions", body);
    const auto json = text ? parse(*text) : std::unexpected(text.error());
    return json ? Outcome<std::string>(textIn(json->get(), "id")) : std::unexpected(json.error());
}

Outcome<> SessionClient::choose(const std::string& session, const std::string& choice) {
    std::string body;
    JsonWriter(body).beginObject().member("choice", choice).endObject();
    const auto done = post(transport_, pathOf(session) + "/choice", body);
    return done ? Outcome<>() : std::unexpected(done.error());
}

Outcome<> SessionClient::act(std::string_view type, const std::string& session) {
    auto conversation = Conversation::open(transport_);
    const auto done = conversation
                          ? conversation->ask(type, [&](JsonWriter& out) { out.member("session", session); })
                          : std::unexpected(conversation.error());
    return done ? Outcome<>() : std::unexpected(done.error());
}

Outcome<EventReader> SessionClient::follow(const std::string& session) {
    return EventReader::open(transport_,
                             "/api/v1/sessions/events?session=" +
                                 pathOf(session).substr(std::string_view("/api/v1/sessions/").size()));
}

} // namespace compositord::cli
