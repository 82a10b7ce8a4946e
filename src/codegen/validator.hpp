// Proves what a task changed: runs checks one after the other in the sandbox, and tells what they found.
#pragma once

#include "base/event_loop.hpp"
#include "codegen/checks.hpp"
#include "codegen/sandbox.hpp"
#include "codegen/workspace.hpp"
#include "session/child.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

struct CheckOutcome {
    Check check;
    int status = -1;     // as in a shell
    std::string problem; // why it did not run to its end: took too long, wrote too much; empty otherwise
    std::vector<Diagnostic> diagnostics;
    std::string output; // the end of what it printed
    std::chrono::milliseconds took{0};

    bool passed() const { return status == 0 && problem.empty(); }
};

class Validation {
public:
    struct Settings {
        Child::Settings child;
        Sandbox sandbox;
        Sandbox::Place place; // the folder in it is that of each check
    };

    struct Listener {
        std::move_only_function<void(const Check&)> onCheck;      // it begins
        std::move_only_function<void(std::string_view)> onOutput; // as it comes
        /// Once, the last call; not before start() has returned.
        std::move_only_function<void(std::vector<CheckOutcome>)> onEnd;
    };

    /// Where a workspace's tree is to be checked.
    static Sandbox::Place placeOf(const Workspace& workspace, const std::filesystem::path& repository);

    /// Runs them in their order, up to the first that fails: the rest would say the same.
    static Result<std::unique_ptr<Validation>> start(EventLoop& loop, Settings settings,
                                                     std::vector<Check> checks, Listener listener);

    Validation(const Validation&) = delete;
    Validation& operator=(const Validation&) = delete;

    /// Not from inside a call of its listener. What runs ends.
    ~Validation() = default;

    /// Ends what runs; onEnd() comes with what there is, the last one with a problem.
    void cancel();

private:
    Validation(EventLoop& loop, Settings settings, std::vector<Check> checks, Listener listener);

    Result<> listen();
    void next();
    Result<> run(const Check& check);
    void onOutput(Child::Stream stream, std::string_view bytes);
    void onEnd(int status);
    void lookAtDisk();
    void end(std::string problem);

    EventLoop& loop_;
    Settings settings_;
    std::vector<Check> checks_;
    Listener listener_;
    std::vector<CheckOutcome> outcomes_;
    std::unique_ptr<Child> child_;
    EventSource deadline_;
    EventSource disk_;    // for a look at it now and then
    EventSource advance_; // a child must not go away inside its own call
    bool cancelled_ = false;
    std::chrono::steady_clock::time_point began_;
    std::string out_;
    std::string err_;
};

} // namespace compositord
