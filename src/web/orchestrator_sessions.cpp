#include "web/orchestrator_sessions.hpp"

#include "base/handle.hpp"
#include "base/json_writer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace compositord {

namespace {

std::string_view statusOf(SessionState state) {
    switch (state) {
    case SessionState::queued:
        return "initializing";
    case SessionState::running:
        return "running";
    case SessionState::completed:
        return "completed";
    case SessionState::failed:
        return "failed";
    case SessionState::cancelled:
        return "terminated";
    }
    std::unreachable();
}

std::string_view taskStatusOf(SessionState state) {
    switch (state) {
    case SessionState::queued:
        return "pending";
    case SessionState::running:
        return "in_progress";
    case SessionState::completed:
        return "completed";
    case SessionState::failed:
        return "failed";
    case SessionState::cancelled:
        return "cancelled";
    }
    std::unreachable();
}

std::string_view priorityOf(SessionPriority priority) {
    return priority == SessionPriority::normal ? "medium" : nameOf(priority);
}

/// JSON that came from somewhere, or text if it is none.
void writeJson(JsonWriter& out, const std::string& text) {
    const JsonHandle json(json_loadb(text.data(), text.size(), JSON_DECODE_ANY, nullptr));
    if (json) {
        out.json(text);
    } else {
        out.value(text);
    }
}

void writeSession(JsonWriter& out, const Session& session) {
    const auto begun = session.started.value_or(session.created);
    const auto lasted = session.ended.value_or(session.changed) - begun;
    const auto tasks = session.metrics.tasksCompleted + session.metrics.tasksFailed;
    out.beginObject().member("id", session.id).member("orchestratorId", session.owner);
    out.key("task").beginObject().member("id", session.task.id);
    out.member("type", session.task.kind.empty() ? "general" : session.task.kind);
    out.member("description", session.task.description).member("priority", priorityOf(session.priority));
    out.member("status", taskStatusOf(session.state)).member("createdAt", isoTime(session.created));
    out.member("updatedAt", isoTime(session.changed)).endObject();
    out.member("type", session.type).member("status", statusOf(session.state));
    out.member("startedAt", isoTime(begun));
    if (session.ended) {
        out.member("endedAt", isoTime(*session.ended));
    }
    if (!session.error.empty()) {
        out.member("error", session.error);
    }
    out.member("step", session.step).member("progress", session.progress).key("metrics").beginObject();
    out.member("tokensUsed", session.metrics.tokensUsed);
    out.member("duration", std::max<std::int64_t>(lasted.count(), 0));
    out.member("tasksCompleted", session.metrics.tasksCompleted);
    out.member("errorsEncountered", session.metrics.tasksFailed);
    out.member("averageResponseTime", tasks > 0 ? std::max<std::int64_t>(lasted.count(), 0) : 0);
    out.endObject().endObject();
}

void writeTotals(JsonWriter& out, const SessionTotals& totals, std::chrono::seconds uptime) {
    const std::uint64_t ended = totals.completed + totals.failed + totals.cancelled;
    const auto ratio = [](double part, std::uint64_t whole, double ofNone) {
        return whole > 0 ? part / static_cast<double>(whole) : ofNone;
    };
    out.beginObject().member("status", "running").member("uptime", uptime.count());
    out.member("activeSessions", totals.running).member("queuedTasks", totals.queued);
    out.key("metrics").beginObject().member("totalSessionsSpawned", totals.spawned);
    out.member("totalTasksProcessed", ended).member("totalTokensUsed", totals.tokensUsed);
    out.member("averageSessionDuration", ratio(static_cast<double>(totals.duration.count()), ended, 0));
    out.member("activeSessions", totals.running);
    out.member("successRate",
               ratio(static_cast<double>(totals.completed), totals.completed + totals.failed, 1));
    out.endObject().key("subsystems").beginObject();
    // There is no memory manager, and a model is spoken to only by what a session runs: none of both is in
    // the way.
    for (const char* name : {"sessionManager", "memoryManager", "llmClient"}) {
        out.key(name).beginObject().member("status", "running").endObject();
    }
    out.endObject().endObject();
}

/// One message and the next in one frame.
class Messages {
public:
    explicit Messages(OrchestratorSessions::Form form) : form_(form) {}

    template <class Members> void add(std::string_view type, const Members& members) {
        std::string text;
        JsonWriter out(text);
        out.beginObject().member("type", type);
        members(out);
        out.endObject();
        if (form_ == OrchestratorSessions::Form::messages) {
            frame_->addText(text);
        } else {
            frame_->addRaw(fmt::format("event: {}\ndata: {}\n\n", type, text));
        }
    }

    /// With one content under two names.
    template <class Content>
    void addTwice(std::string_view type, std::string_view name, const Content& content) {
        add(type, [&](JsonWriter& out) {
            content(out.key(name));
            content(out.key("payload"));
        });
    }

    void addStatus(const Session& session) {
        addTwice("session_status_update", "session", [&](JsonWriter& out) { writeSession(out, session); });
    }

    SharedFrame take() { return frame_->empty() ? nullptr : std::move(frame_); }

private:
    OrchestratorSessions::Form form_;
    std::shared_ptr<Frame> frame_ = std::make_shared<Frame>();
};

struct Tell {
    Messages& messages;
    const Session& session;
    const SessionEvent& event;

    void operator()(const TaskQueued& /*happening*/) const { messages.addStatus(session); }

    void operator()(const TaskStarted& happening) const {
        messages.addStatus(session);
        messages.add("task_executing", [&](JsonWriter& out) {
            out.member("sessionId", session.id).member("taskId", happening.task);
        });
        messages.add("stream_start", [&](JsonWriter& out) {
            out.member("sessionId", session.id).key("metadata").beginObject();
            out.member("taskId", happening.task).member("type", session.type).endObject();
        });
    }

    void operator()(const StepStarted& /*happening*/) const { messages.addStatus(session); }

    void operator()(const StepEnded& /*happening*/) const {}

    void operator()(const TaskProgress& /*happening*/) const { messages.addStatus(session); }

    void operator()(const OutputChunk& happening) const {
        messages.addTwice("stream_chunk", "data", [&](JsonWriter& out) {
            out.beginObject().member("sessionId", session.id).member("chunk", happening.text);
            out.key("metadata").beginObject();
            out.member("type", happening.kind == OutputKind::thinking ? "thinking" : "text");
            out.member("index", event.sequence).endObject().endObject();
        });
    }

    void operator()(const ToolStarted& happening) const {
        messages.addTwice("tool_call_start", "data", [&](JsonWriter& out) {
            out.beginObject().member("sessionId", session.id).member("toolName", happening.tool);
            writeJson(out.key("toolInput"), happening.input);
            out.member("status", "started").member("timestamp", isoTime(event.time)).endObject();
        });
    }

    void operator()(const ToolEnded& happening) const {
        messages.addTwice("tool_call_result", "data", [&](JsonWriter& out) {
            out.beginObject().member("sessionId", session.id).member("toolName", happening.tool);
            out.member("status", happening.ok ? "completed" : "failed");
            if (happening.ok) {
                writeJson(out.key("result"), happening.result);
            } else {
                out.member("error", happening.result);
            }
            out.member("timestamp", isoTime(event.time)).endObject();
        });
    }

    void operator()(const TokensUsed& /*happening*/) const {}

    // Its clients have no word for choices.
    void operator()(const ChoicesOffered& /*happening*/) const {}

    void operator()(const ChoiceMade& /*happening*/) const {}

    void operator()(const TaskEnded& happening) const {
        messages.add("stream_end", [&](JsonWriter& out) { out.member("sessionId", session.id); });
        const bool completed = happening.outcome == SessionState::completed;
        messages.add(completed ? "task_completed" : "task_failed", [&](JsonWriter& out) {
            out.member("sessionId", session.id).member("taskId", happening.task);
            if (completed) {
                out.key("result").beginObject().member("output", happening.result).endObject();
            } else {
                out.member("error", happening.error);
            }
        });
        messages.addStatus(session);
    }
};

} // namespace

std::string isoTime(WallTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    return fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(seconds), (time - seconds).count());
}

SharedFrame OrchestratorSessions::spawned(const RequestId& /*id*/, const Session& session) const {
    Messages messages(form_);
    messages.addTwice("session_spawned", "session", [&](JsonWriter& out) { writeSession(out, session); });
    return messages.take();
}

SharedFrame OrchestratorSessions::list(const RequestId& /*id*/, const std::vector<const Session*>& sessions,
                                       const std::vector<SessionType>& /*types*/) const {
    Messages messages(form_);
    messages.addTwice("sessions_list", "sessions", [&](JsonWriter& out) {
        out.beginArray();
        for (const Session* session : sessions) {
            writeSession(out, *session);
        }
        out.endArray();
    });
    return messages.take();
}

SharedFrame OrchestratorSessions::status(const Session& session) const {
    Messages messages(form_);
    messages.addStatus(session);
    return messages.take();
}

SharedFrame OrchestratorSessions::totals(const SessionTotals& totals, std::chrono::seconds uptime) const {
    Messages messages(form_);
    messages.addTwice("daemon_status_update", "status",
                      [&](JsonWriter& out) { writeTotals(out, totals, uptime); });
    return messages.take();
}

SharedFrame OrchestratorSessions::event(const Session& session, const SessionEvent& event,
                                        std::uint64_t /*missed*/) const {
    Messages messages(form_);
    std::visit(Tell{messages, session, event}, event.happening);
    return messages.take();
}

std::string OrchestratorSessions::text(const Session& session) {
    std::string text;
    JsonWriter out(text);
    writeSession(out, session);
    return text;
}

std::string OrchestratorSessions::text(const SessionTotals& totals, std::chrono::seconds uptime) {
    std::string text;
    JsonWriter out(text);
    writeTotals(out, totals, uptime);
    return text;
}

} // namespace compositord
