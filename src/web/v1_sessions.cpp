#include "web/v1_sessions.hpp"

#include "web/v1_message.hpp"

#include <array>

namespace compositord {

namespace {

// In the order of the variant.
constexpr std::array<std::string_view, 12> kEvents{
    "task_queued",  "task_started", "step_started", "step_ended", "progress", "output",
    "tool_started", "tool_ended",   "tokens",       "choices",    "chosen",   "task_ended"};
static_assert(kEvents.size() == std::variant_size_v<SessionHappening>);

std::int64_t milliseconds(WallTime time) {
    return time.time_since_epoch().count();
}

template <class Writer>
void writeTime(Writer& out, std::string_view name, const std::optional<WallTime>& time) {
    out.key(name);
    if (time) {
        out.value(milliseconds(*time));
    } else {
        out.null();
    }
}

template <class Writer> void writeChoices(Writer& out, const std::vector<SessionChoice>& choices) {
    out.key("choices").beginArray();
    for (const SessionChoice& choice : choices) {
        out.beginObject().member("id", choice.id).member("label", choice.label).endObject();
    }
    out.endArray();
}

template <class Writer> void writeSession(Writer& out, const Session& session) {
    out.beginObject().member("id", session.id).member("sessionType", session.type);
    out.member("owner", session.owner).member("priority", nameOf(session.priority));
    out.member("state", nameOf(session.state)).key("task").beginObject();
    out.member("id", session.task.id).member("description", session.task.description).endObject();
    out.member("created", milliseconds(session.created));
    writeTime(out, "started", session.started);
    writeTime(out, "ended", session.ended);
    out.member("step", session.step).member("percent", session.progress);
    if (!session.choices.empty()) {
        writeChoices(out, session.choices);
    }
    out.member("result", session.result).member("error", session.error);
    out.member("tokens", session.metrics.tokensUsed).member("sequence", session.sequence).endObject();
}

template <class Writer>
void writeList(Writer& out, const std::vector<const Session*>& sessions,
               const std::vector<SessionType>& types) {
    out.key("sessions").beginArray();
    for (const Session* session : sessions) {
        writeSession(out, *session);
    }
    out.endArray().key("types").beginArray();
    for (const SessionType& type : types) {
        out.beginObject().member("name", type.name).member("description", type.description);
        out.key("parameters").beginArray();
        for (const SessionType::Parameter& parameter : type.parameters) {
            out.beginObject().member("name", parameter.name).member("description", parameter.description);
            out.key("default");
            if (parameter.fallback) {
                out.value(*parameter.fallback);
            } else {
                out.null();
            }
            out.endObject();
        }
        out.endArray().endObject();
    }
    out.endArray();
}

template <class Writer> struct WriteHappening {
    Writer& out;

    void operator()(const TaskQueued& event) const {
        out.member("task", event.task.id).member("description", event.task.description);
    }

    void operator()(const TaskStarted& event) const { out.member("task", event.task); }

    void operator()(const StepStarted& event) const {
        out.member("step", event.step).member("index", event.index).member("count", event.count);
    }

    void operator()(const StepEnded& event) const {
        out.member("step", event.step).member("ok", event.ok);
        if (!event.ok) {
            out.member("error", event.error);
        }
    }

    void operator()(const TaskProgress& event) const {
        out.member("step", event.step).member("percent", event.percent);
    }

    void operator()(const OutputChunk& event) const {
        out.member("kind", nameOf(event.kind)).member("text", event.text);
    }

    void operator()(const ToolStarted& event) const {
        out.member("call", event.call).member("tool", event.tool).member("input", event.input);
    }

    void operator()(const ToolEnded& event) const {
        out.member("call", event.call).member("tool", event.tool).member("ok", event.ok);
        out.member(event.ok ? "result" : "error", event.result);
    }

    void operator()(const TokensUsed& event) const { out.member("tokens", event.tokens); }

    void operator()(const ChoicesOffered& event) const { writeChoices(out, event.choices); }

    void operator()(const ChoiceMade& event) const { out.member("choice", event.choice); }

    void operator()(const TaskEnded& event) const {
        out.member("task", event.task).member("outcome", nameOf(event.outcome));
        out.member("result", event.result);
        if (!event.error.empty()) {
            out.member("error", event.error);
        }
    }
};

} // namespace

SharedFrame V1Sessions::spawned(const RequestId& id, const Session& session) const {
    return message(format_, "SessionSpawned", [&](auto& out) {
        write(out.key("id"), id);
        writeSession(out.key("session"), session);
    });
}

SharedFrame V1Sessions::list(const RequestId& id, const std::vector<const Session*>& sessions,
                             const std::vector<SessionType>& types) const {
    return message(format_, "SessionList", [&](auto& out) {
        write(out.key("id"), id);
        writeList(out, sessions, types);
    });
}

SharedFrame V1Sessions::event(const Session& session, const SessionEvent& event, std::uint64_t missed) const {
    auto frame = std::make_shared<Frame>();
    if (format_ == V1Format::events) {
        frame->addRaw(fmt::format("id: {}\n", event.sequence)); // where a reader that comes back goes on
    }
    addMessage(*frame, format_, "SessionEvent", [&](auto& out) {
        out.member("session", session.id).member("sequence", event.sequence);
        out.member("time", milliseconds(event.time));
        if (missed > 0) {
            out.member("missed", missed);
        }
        out.member("event", kEvents[event.happening.index()]);
        std::visit(WriteHappening<std::remove_reference_t<decltype(out)>>{out}, event.happening);
    });
    return frame;
}

SharedFrame V1Sessions::forgotten(const SessionId& session) const {
    return message(format_, "SessionForgotten", [&](auto& out) { out.member("session", session); });
}

std::string V1Sessions::text(const Session& session) {
    std::string text;
    JsonWriter out(text);
    writeSession(out, session);
    return text;
}

std::string V1Sessions::listText(const std::vector<const Session*>& sessions,
                                 const std::vector<SessionType>& types) {
    std::string text;
    JsonWriter out(text);
    out.beginObject();
    writeList(out, sessions, types);
    out.endObject();
    return text;
}

} // namespace compositord
