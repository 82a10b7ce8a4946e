#include "world/session.hpp"

#include <array>
#include <utility>

namespace compositord {

namespace {

constexpr std::array<std::string_view, 5> kStates{"queued", "running", "completed", "failed", "cancelled"};
constexpr std::array<std::string_view, 4> kPriorities{"low", "normal", "high", "critical"};
constexpr std::array<std::string_view, 3> kOutputKinds{"text", "thinking", "diagnostic"};

template <class Enum, std::size_t Size>
std::optional<Enum> find(const std::array<std::string_view, Size>& names, std::string_view name) {
    for (std::size_t i = 0; i < Size; ++i) {
        if (names[i] == name) {
            return static_cast<Enum>(i);
        }
    }
    return std::nullopt;
}

struct Apply {
    Session& session;
    WallTime time;

    void operator()(const TaskQueued& event) const {
        session.state = SessionState::queued;
        session.task = event.task;
        session.started.reset();
        session.ended.reset();
        session.progress = 0;
        session.step.clear();
        session.choices.clear();
        session.result.clear();
        session.error.clear();
    }

    void operator()(const TaskStarted& /*event*/) const {
        session.state = SessionState::running;
        session.started = time;
    }

    void operator()(const StepStarted& event) const { session.step = event.step; }

    void operator()(const StepEnded& /*event*/) const { session.choices.clear(); }

    void operator()(const TaskProgress& event) const { session.progress = event.percent; }

    void operator()(const OutputChunk& /*event*/) const {}

    void operator()(const ToolStarted& /*event*/) const {}

    void operator()(const ToolEnded& /*event*/) const {}

    void operator()(const TokensUsed& event) const { session.metrics.tokensUsed += event.tokens; }

    void operator()(const ChoicesOffered& event) const { session.choices = event.choices; }

    void operator()(const ChoiceMade& /*event*/) const { session.choices.clear(); }

    void operator()(const TaskEnded& event) const {
        session.choices.clear();
        session.state = event.outcome;
        session.ended = time;
        session.result = event.result;
        session.error = event.error;
        session.metrics.tasksCompleted += event.outcome == SessionState::completed ? 1 : 0;
        session.metrics.tasksFailed += event.outcome == SessionState::failed ? 1 : 0;
    }
};

} // namespace

std::string_view nameOf(SessionState state) {
    return kStates[std::to_underlying(state)];
}

std::string_view nameOf(SessionPriority priority) {
    return kPriorities[std::to_underlying(priority)];
}

std::string_view nameOf(OutputKind kind) {
    return kOutputKinds[std::to_underlying(kind)];
}

std::optional<SessionState> parseSessionState(std::string_view name) {
    return find<SessionState>(kStates, name);
}

std::optional<SessionPriority> parseSessionPriority(std::string_view name) {
    return find<SessionPriority>(kPriorities, name);
}

std::optional<OutputKind> parseOutputKind(std::string_view name) {
    return find<OutputKind>(kOutputKinds, name);
}

void apply(const SessionEvent& event, Session& session) {
    session.sequence = event.sequence;
    session.changed = event.time;
    std::visit(Apply{session, event.time}, event.happening);
}

} // namespace compositord
