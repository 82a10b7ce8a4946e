// Proves what a task changed: chooses the checks, runs them one after the other in the sandbox, and tells
// what they found.
#pragma once

#include "base/event_loop.hpp"
#include "codegen/diagnostics.hpp"
#include "codegen/sandbox.hpp"
#include "codegen/workspace.hpp"
#include "session/child.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace compositord {

struct Check {
    std::string name; // "cargo check"
    std::vector<std::string> command;
    std::filesystem::path folder; // in the tree, relative
    DiagnosticFormat format = DiagnosticFormat::plain;
};

struct CheckOutcome {
    Check check;
    int status = -1;     // as in a shell
    std::string problem; // why it did not run to its end: took too long, wrote too much; empty otherwise
    std::vector<Diagnostic> diagnostics;
    std::string output; // the end of what it wrote
    std::chrono::milliseconds took{0};

    bool passed() const { return status == 0 && problem.empty(); }
};

/// A check of the user's own: for files that match one of the globs, from the top of the repository.
struct CustomCheck {
    std::vector<std::string> paths;
    Check check;
};

struct CheckPlan {
    bool tests = false; // the task asks for them
    std::vector<CustomCheck> custom;
    std::vector<std::string> eslint{"node_modules/.bin/eslint"}; // the first that is there, from the tree up
};

/// The checks for these files. An error when a file changed that nothing checks: it cannot be proven.
Result<std::vector<Check>> planChecks(const std::filesystem::path& tree, const ChangeSet& changes,
                                      const CheckPlan& plan);

class Validation {
public:
    struct Listener {
        std::move_only_function<void(const Check&)> onCheck;            // begins
        std::move_only_function<void(std::string_view)> onOutput;       // as it comes
        std::move_only_function<void(std::vector<CheckOutcome>)> onEnd; // once, the last call
    };

    /// Stops after the first check that fails: the rest would say the same.
    static Result<std::unique_ptr<Validation>> start(EventLoop& loop, Child::Settings child,
                                                     const Sandbox& sandbox, const Workspace& workspace,
                                                     std::vector<Check> checks, Listener listener);

    Validation(const Validation&) = delete;
    Validation& operator=(const Validation&) = delete;
    ~Validation();

    /// Ends what runs; onEnd() comes with what there is.
    void cancel();

private:
    struct State;
    explicit Validation(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

} // namespace compositord
