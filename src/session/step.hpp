// One running step of a pipeline: a command, or something that this program does itself.
#pragma once

#include "base/event_loop.hpp"
#include "session/pipeline.hpp"
#include "world/session.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace compositord {

struct StepResult {
    bool ok = true;
    std::string result; // of the task, if this is the last step that has one
    std::string error;  // if it is not ok: what went wrong, for a person
};

/// What a step tells while it runs. May be called at any time, also before the step's factory has returned.
class StepListener {
public:
    virtual void onProgress(double fraction) = 0; // of the step, 0 to 1

    virtual void onOutput(OutputKind kind, std::string text) = 0;

    virtual void onHappening(SessionHappening happening) = 0; // a tool call, tokens, choices that it offers

    /// Once, and nothing after it.
    virtual void onStepEnd(StepResult result) = 0;

protected:
    StepListener() = default;
    StepListener(const StepListener&) = default;
    StepListener& operator=(const StepListener&) = default;
    ~StepListener() = default;
};

class StepRun {
public:
    StepRun() = default;
    StepRun(const StepRun&) = delete;
    StepRun& operator=(const StepRun&) = delete;

    /// Never called from inside one of its own calls to the listener.
    virtual ~StepRun() = default;

    /// It is to end soon; it tells so with onStepEnd() all the same.
    virtual void cancel() = 0;

    /// Somebody picked one of the choices that it offered last.
    virtual void choose(const std::string& /*id*/) {}
};

struct StepContext {
    EventLoop& loop;
    const Step& step;
    const PlaceholderValues& values; // "task", "session", "type" and the type's parameters
};

/// Starts a step; an error is that of the step.
using StepFactory = std::function<Result<std::unique_ptr<StepRun>>(const StepContext&, StepListener&)>;

/// By the name that pipelines know them by.
using Builtins = std::map<std::string, StepFactory>;

} // namespace compositord
