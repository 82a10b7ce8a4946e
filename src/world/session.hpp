// Sessions: work that takes time, and what is told about it. Plain values that every outlet knows, so that
// all of them report the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace compositord {

/// 1 to 64 of A-Z a-z 0-9 _ -
using SessionId = std::string;

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

enum class SessionState : std::uint8_t { queued, running, completed, failed, cancelled };

enum class SessionPriority : std::uint8_t { low, normal, high, critical };

/// Literals: "queued", "running" …; "low", "normal" …
std::string_view nameOf(SessionState state);
std::string_view nameOf(SessionPriority priority);
std::optional<SessionState> parseSessionState(std::string_view name);
std::optional<SessionPriority> parseSessionPriority(std::string_view name);

constexpr bool hasEnded(SessionState state) {
    return state != SessionState::queued && state != SessionState::running;
}

/// What somebody wants done.
struct SessionTask {
    std::string id; // empty: one is made
    std::string description;
    std::string kind;                              // what the one who asked calls it, such as "code"
    std::map<std::string, std::string> parameters; // of the session's type

    bool operator==(const SessionTask&) const = default;
};

struct SessionMetrics {
    std::uint64_t tasksCompleted = 0;
    std::uint64_t tasksFailed = 0;
    std::uint64_t tokensUsed = 0;

    bool operator==(const SessionMetrics&) const = default;
};

/// Something that whoever looks after a session may pick.
struct SessionChoice {
    std::string id;    // 1 to 64 of A-Z a-z 0-9 _ -
    std::string label; // for people

    bool operator==(const SessionChoice&) const = default;
};

inline constexpr std::size_t kMostChoices = 8;

/// How a session stands. It runs one task; when that has ended it may be given another.
struct Session {
    SessionId id;
    std::string type;  // names what runs it
    std::string owner; // who it is for; sessions of different owners get their turn alike
    SessionPriority priority = SessionPriority::normal;
    SessionTask task;
    SessionState state = SessionState::queued;
    WallTime created;
    std::optional<WallTime> started; // the task
    std::optional<WallTime> ended;
    WallTime changed; // when the last event happened
    std::string step; // the last one that was started
    // Not empty: it waits until somebody chooses one of these.
    std::vector<SessionChoice> choices;
    double progress = 0; // of the task, 0 to 100, with two decimals
    std::string result;  // of the task
    std::string error;   // why it failed
    SessionMetrics metrics;
    std::uint64_t sequence = 0; // of the last event

    bool operator==(const Session&) const = default;
};

// --- what happens in a session ---

struct TaskQueued {
    SessionTask task;

    bool operator==(const TaskQueued&) const = default;
};

struct TaskStarted {
    std::string task;

    bool operator==(const TaskStarted&) const = default;
};

struct StepStarted {
    std::string step;
    std::uint32_t index = 0; // from 0
    std::uint32_t count = 0; // how many the task has

    bool operator==(const StepStarted&) const = default;
};

struct StepEnded {
    std::string step;
    bool ok = false;
    std::string error;

    bool operator==(const StepEnded&) const = default;
};

struct TaskProgress {
    std::string step;
    double percent = 0; // of the task, with two decimals; it never goes back

    bool operator==(const TaskProgress&) const = default;
};

enum class OutputKind : std::uint8_t { text, thinking, diagnostic };

std::string_view nameOf(OutputKind kind);
std::optional<OutputKind> parseOutputKind(std::string_view name);

/// Some text that came out, cut anywhere between two characters.
struct OutputChunk {
    OutputKind kind = OutputKind::text;
    std::string text; // UTF-8 without NUL

    bool operator==(const OutputChunk&) const = default;
};

struct ToolStarted {
    std::string call; // names it in the session; ToolEnded has the same
    std::string tool;
    std::string input; // JSON

    bool operator==(const ToolStarted&) const = default;
};

struct ToolEnded {
    std::string call;
    std::string tool;
    bool ok = false;
    std::string result; // JSON if it is ok, else what went wrong, in words

    bool operator==(const ToolEnded&) const = default;
};

/// A language model used this many tokens more.
struct TokensUsed {
    std::uint64_t tokens = 0;

    bool operator==(const TokensUsed&) const = default;
};

/// From now on the session waits for somebody's choice. What was offered before is no longer.
struct ChoicesOffered {
    std::vector<SessionChoice> choices; // 1 to kMostChoices; their ids differ

    bool operator==(const ChoicesOffered&) const = default;
};

struct ChoiceMade {
    std::string choice; // its id

    bool operator==(const ChoiceMade&) const = default;
};

struct TaskEnded {
    std::string task;
    SessionState outcome = SessionState::completed; // one that has ended
    std::string result;
    std::string error;

    bool operator==(const TaskEnded&) const = default;
};

using SessionHappening =
    std::variant<TaskQueued, TaskStarted, StepStarted, StepEnded, TaskProgress, OutputChunk, ToolStarted,
                 ToolEnded, TokensUsed, ChoicesOffered, ChoiceMade, TaskEnded>;

struct SessionEvent {
    std::uint64_t sequence = 0; // 1, 2, 3 … in its session
    WallTime time;
    SessionHappening happening;

    bool operator==(const SessionEvent&) const = default;
};

using SharedSessionEvent = std::shared_ptr<const SessionEvent>;

/// What is kept of a session's events after a sequence number.
struct SessionHistory {
    bool complete = true; // false: events between that number and the first one here are no longer kept
    std::vector<SharedSessionEvent> events;
};

/// Changes a session as the event says: all that is told about a session follows from its events.
void apply(const SessionEvent& event, Session& session);

} // namespace compositord
