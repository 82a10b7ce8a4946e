// One task on its way through the steps of its pipeline.
#pragma once

#include "session/deadline.hpp"
#include "session/step.hpp"

#include <functional>
#include <memory>
#include <string>

namespace compositord {

class PipelineRun final : private StepListener {
public:
    struct Settings {
        StepFactory command;
        const Builtins& builtins;
        std::chrono::milliseconds patience{10000}; // with a step that was told to end, before it is given up
    };

    struct Listener {
        std::move_only_function<void(SessionHappening)> onHappening;
        /// The last call. The run may be destroyed after it returned, not in it.
        std::move_only_function<void(SessionState outcome, std::string result, std::string error)> onEnd;
    };

    /// The pipeline outlives it. It starts in the loop's next turn.
    static Result<std::unique_ptr<PipelineRun>> create(EventLoop& loop, Settings settings,
                                                       const Pipeline& pipeline, PlaceholderValues values,
                                                       Listener listener);

    PipelineRun(const PipelineRun&) = delete;
    PipelineRun& operator=(const PipelineRun&) = delete;

    ~PipelineRun() = default;

    /// Ends it, and its outcome is `cancelled`.
    void cancel();

    /// Tells the step that runs what somebody chose.
    void choose(const std::string& id);

private:
    /// Of the step at at_.
    enum class Phase : std::uint8_t { before, running, after, over };

    PipelineRun(EventLoop& loop, Settings settings, const Pipeline& pipeline, PlaceholderValues values,
                Listener listener);

    void onProgress(double fraction) override;
    void onOutput(OutputKind kind, std::string text) override;
    void onHappening(SessionHappening happening) override;
    void onStepEnd(StepResult result) override;

    Result<> prepare();
    void startStep();
    void goOn();
    void stop(SessionState outcome, std::string error);

    const Step& step() const { return pipeline_.steps[at_]; }

    EventLoop& loop_;
    Settings settings_;
    const Pipeline& pipeline_;
    PlaceholderValues values_;
    Listener listener_;
    double weight_ = 0;     // of all steps
    double weightDone_ = 0; // of those that have ended
    double told_ = 0;       // percent
    std::size_t at_ = 0;
    Phase phase_ = Phase::before;
    StepResult stepResult_;
    std::string result_;
    SessionState outcome_ = SessionState::completed;
    std::string error_;
    EventSource next_;
    Deadline timeout_;
    Deadline stepTimeout_;
    EventSource patience_;
    std::unique_ptr<StepRun> run_; // first to go: it uses the rest
};

} // namespace compositord
