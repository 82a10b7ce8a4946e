// All that an outlet needs of code generation: tasks of OpenSpec changes that a model works on, and what is
// decided about its results. Outlets depend neither on the machinery nor on each other.
#pragma once

#include "world/command.hpp"
#include "world/session.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace compositord {

/// ROOT/CHANGE/TASK, such as "shell/add-bridge/2.3", or "shell/add-bridge/write-the-client" for a task
/// without a number. It stays the same while other lines of the file come and go, and over restarts.
using CodegenTaskId = std::string;

/// How a task stands. It is ticked in its file if it is `applied` or `done`, and in no other case.
enum class CodegenState : std::uint8_t {
    open,    // nothing is done about it
    queued,  // a session of it waits for its turn
    running, // a model works on it, or checks run
    review,  // the checks have passed; somebody has to apply or discard the changes. Survives restarts.
    applied, // the changes are in the repository, and it is ticked, with evidence; can be reverted
    failed,  // the last run failed; it may be run again
    done,    // somebody else ticked it
};

/// When tasks are run and applied without being asked to.
enum class CodegenPolicy : std::uint8_t {
    manual, // never
    review, // tasks are run; a person applies what comes of them
    automatic,
};

/// Literals: "open", "queued" …; "manual", "review", "auto".
std::string_view nameOf(CodegenState state);
std::string_view nameOf(CodegenPolicy policy);
std::optional<CodegenState> parseCodegenState(std::string_view name);
std::optional<CodegenPolicy> parseCodegenPolicy(std::string_view name);

struct CodegenTask {
    CodegenTaskId id;
    std::string root;                 // the first part of the id; stands for one folder openspec
    std::string change;               // its name
    std::string section;              // the heading above
    std::string number;               // "2.3", or empty
    std::string text;                 // without box, number and emphasis around it
    std::vector<std::string> details; // the lines below that belong to it alone
    std::vector<std::string> labels;  // of the change and the task
    std::string file;                 // the full path of its tasks.md
    std::size_t line = 0;             // in it, from 1
    SessionPriority priority = SessionPriority::normal;
    CodegenState state = CodegenState::open;
    std::string obstacle; // why run() would refuse it, for a person; empty: it would not
    std::string error;    // why the last run failed
    SessionId session;    // of the last run, which may not be kept any more; empty: none since the start
    bool hasDiff = false; // details() has one: it is in review, or applied
    std::string model;    // that wrote the changes
    std::string branch;   // on which the changes are applied; empty: none, or in the user's tree
    std::string commit;   // there
    WallTime changed;     // when the state last changed; not before the start

    bool operator==(const CodegenTask&) const = default;
};

/// One check that was run for the changes of a task, in the sandbox.
struct CodegenCheck {
    std::string name; // "cargo check"
    std::vector<std::string> command;
    std::string folder; // in the repository
    int status = 0;
    std::chrono::milliseconds took{0};

    bool operator==(const CodegenCheck&) const = default;
};

/// What is read from the disk when it is asked for.
struct CodegenDetails {
    CodegenTask task;
    std::string diff;               // as git writes it, UTF-8; empty: there is none
    bool cut = false;               // the diff is longer than what is here
    std::vector<std::string> files; // that it changes
    std::vector<CodegenCheck> checks;
    std::string evidencePath; // of a task that is applied; the file beside its change
    std::string evidence;     // its text, JSON
};

/// A folder openspec/changes/NAME.
struct CodegenChange {
    std::string root;
    std::string name;
    std::string folder; // its full path
    std::size_t tasks = 0;
    std::size_t done = 0;
    std::string problem; // such as a tasks.md without boxes, for a person; empty: none

    bool operator==(const CodegenChange&) const = default;
};

struct CodegenStatus {
    bool enabled = false; // a repository is set
    CodegenPolicy policy = CodegenPolicy::manual;
    std::vector<std::string> repositories;
    std::optional<WallTime> coolsDownUntil; // after failures in a row no task is begun by itself
    std::size_t failuresInRow = 0;
    std::size_t startedInLastHour = 0; // by itself
    std::size_t mostPerHour = 0;
    std::vector<std::string> problems; // that keep it from work, for a person

    bool operator==(const CodegenStatus&) const = default;
};

/// Kept over restarts.
struct CodegenModelReport {
    std::string model;
    std::uint64_t runs = 0;   // that came to an end by themselves
    std::uint64_t proven = 0; // whose checks passed in the end
    std::uint64_t failed = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t applied = 0;
    std::uint64_t discarded = 0;
    std::uint64_t reverted = 0;
    std::uint64_t rounds = 0; // of answers that were checked, of all runs
    std::uint64_t tokensIn = 0;
    std::uint64_t tokensOut = 0;
    std::chrono::milliseconds preparing{0}; // time spent, of all runs
    std::chrono::milliseconds asking{0};
    std::chrono::milliseconds checking{0};
    std::map<std::string, std::uint64_t> failures;    // by their kind: "model", "no progress", "rounds" …
    std::map<std::string, std::uint64_t> diagnostics; // found by checks, by the name of the check

    /// proven of runs, 0 to 1.
    double successRate() const {
        return runs > 0 ? static_cast<double>(proven) / static_cast<double>(runs) : 0;
    }

    bool operator==(const CodegenModelReport&) const = default;
};

struct CodegenReport {
    std::vector<CodegenModelReport> models; // by name
    WallTime since;                         // when counting began
};

/// Something was applied, or taken back, that pages may show.
struct CodegenReload {
    CodegenTaskId task;
    std::string branch;             // where that happened; empty: in the user's tree
    std::string repository;         // the top of the user's tree
    std::vector<std::string> paths; // of JavaScript and what belongs to it, from there
};

class CodegenService {
public:
    struct Listener {
        /// A task is new, or something about it has changed.
        std::move_only_function<void(const CodegenTask&)> onTask;
        /// It is in no file any more. May be empty.
        std::move_only_function<void(const CodegenTaskId&)> onGone;
        /// Pages should load these anew. May be empty.
        std::move_only_function<void(const CodegenReload&)> onReload;
        /// What status() or changes() says is different. May be empty.
        std::move_only_function<void()> onStatus;
    };

    /// Destroying it ends the telling; that may happen at any time, also inside a listener.
    class Subscription {
    public:
        Subscription() = default;

        explicit Subscription(std::shared_ptr<void> entry) : entry_(std::move(entry)) {}

        explicit operator bool() const { return entry_ != nullptr; }

    private:
        std::shared_ptr<void> entry_;
    };

    template <class T> using Answer = std::move_only_function<void(std::expected<T, Refusal>)>;

    CodegenService() = default;
    CodegenService(const CodegenService&) = delete;
    CodegenService& operator=(const CodegenService&) = delete;
    virtual ~CodegenService() = default;

    virtual CodegenStatus status() const = 0;

    /// By root and name.
    virtual std::vector<CodegenChange> changes() const = 0;

    /// By root and change, in the order of the files. Valid until the loop goes on.
    virtual std::vector<const CodegenTask*> list() const = 0;

    /// Null if there is none. As long valid.
    virtual const CodegenTask* find(const CodegenTaskId& id) const = 0;

    /// Has a model work on the task, in a session of the type `codegen` that everybody can follow, cancel,
    /// and choose in ("apply", "discard") once the task is in review. `owner` is as in SpawnSession.
    virtual std::expected<SessionId, Refusal> run(const CodegenTaskId& id, const std::string& owner) = 0;

    // The answers come later, never inside of the call, each exactly once unless the service ends before.
    // Refusals: notFound, unsupported (there is no such thing to apply, revert …), busy (it is in
    // the way of something else, such as changes that are not committed or a task that was edited since;
    // the message says what to do), forbidden (by the policy).

    virtual void details(const CodegenTaskId& id, Answer<CodegenDetails> answer) = 0;

    /// Of a task in review. A session that waits for the choice ends with it. Answers with the task as it is
    /// then.
    virtual void apply(const CodegenTaskId& id, Answer<CodegenTask> answer) = 0;

    /// The same, without applying it: it is open again, and not run by itself before it is edited.
    virtual void discard(const CodegenTaskId& id, Answer<CodegenTask> answer) = 0;

    /// Of an applied task: takes the changes back, and the tick.
    virtual void revert(const CodegenTaskId& id, Answer<CodegenTask> answer) = 0;

    virtual CodegenReport report() const = 0;

    virtual Subscription subscribe(Listener listener) = 0;
};

} // namespace compositord
