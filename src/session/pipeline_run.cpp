#include "session/pipeline_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace compositord {

namespace {

std::string timedOut(std::string_view what, std::chrono::milliseconds limit) {
    return fmt::format("{} took longer than {} s", what, std::chrono::duration<double>(limit).count());
}

} // namespace

PipelineRun::PipelineRun(EventLoop& loop, Settings settings, const Pipeline& pipeline,
                         PlaceholderValues values, Listener listener)
    : loop_(loop), settings_(std::move(settings)), pipeline_(pipeline), values_(std::move(values)),
      listener_(std::move(listener)) {
    for (const Step& step : pipeline_.steps) {
        weight_ += step.weight;
    }
}

Result<std::unique_ptr<PipelineRun>> PipelineRun::create(EventLoop& loop, Settings settings,
                                                         const Pipeline& pipeline, PlaceholderValues values,
                                                         Listener listener) {
    std::unique_ptr<PipelineRun> run(
        new PipelineRun(loop, std::move(settings), pipeline, std::move(values), std::move(listener)));
    if (auto prepared = run->prepare(); !prepared) {
        return std::unexpected(prepared.error());
    }
    return run;
}

Result<> PipelineRun::prepare() {
    // A step may end, or be told to, inside one of its own calls: what follows happens in the next turn.
    auto next = loop_.addDeferred([this] { goOn(); });
    auto timeout =
        loop_.addTimer([this] { stop(SessionState::failed, timedOut(pipeline_.name, pipeline_.timeout)); });
    auto stepTimeout = loop_.addTimer(
        [this] { stop(SessionState::failed, timedOut("the step " + step().name, step().timeout)); });
    auto patience = loop_.addTimer(
        [this] { onStepEnd({.ok = false, .error = fmt::format("the step {} does not end", step().name)}); });
    for (const auto* source : {&next, &timeout, &stepTimeout, &patience}) {
        if (!*source) {
            return std::unexpected(source->error());
        }
    }
    next_ = std::move(*next);
    timeout_ = Deadline(std::move(*timeout));
    stepTimeout_ = Deadline(std::move(*stepTimeout));
    patience_ = std::move(*patience);
    timeout_.begin(pipeline_.timeout);
    next_.trigger();
    return {};
}

void PipelineRun::startStep() {
    listener_.onHappening(StepStarted{step().name, static_cast<std::uint32_t>(at_),
                                      static_cast<std::uint32_t>(pipeline_.steps.size())});
    phase_ = Phase::running;
    stepResult_ = {};
    stepTimeout_.begin(step().timeout);
    const auto builtin = settings_.builtins.find(step().builtin);
    if (!step().builtin.empty() && builtin == settings_.builtins.end()) {
        onStepEnd({.ok = false, .error = fmt::format("there is no builtin {}", step().builtin)});
        return;
    }
    const StepFactory& factory = step().builtin.empty() ? settings_.command : builtin->second;
    auto run = factory({loop_, step(), values_}, *this);
    if (!run) {
        onStepEnd({.ok = false, .error = run.error().message()});
        return;
    }
    run_ = std::move(*run);
    if (outcome_ != SessionState::completed) {
        run_->cancel(); // somebody who was told of its first words asked for that
    }
}

void PipelineRun::onProgress(double fraction) {
    if (phase_ != Phase::running || !std::isfinite(fraction)) {
        return;
    }
    const double done = weightDone_ + step().weight * std::clamp(fraction, 0.0, 1.0);
    const double percent = std::round(10000 * done / weight_) / 100;
    if (percent > told_) {
        told_ = percent;
        listener_.onHappening(TaskProgress{step().name, percent});
    }
}

void PipelineRun::onOutput(OutputKind kind, std::string text) {
    if (phase_ == Phase::running && !text.empty()) {
        listener_.onHappening(OutputChunk{kind, std::move(text)});
    }
}

void PipelineRun::onHappening(SessionHappening happening) {
    if (phase_ != Phase::running) {
        return;
    }
    if (std::holds_alternative<ChoicesOffered>(happening)) {
        // People may sleep over it.
        timeout_.hold();
        stepTimeout_.hold();
    }
    listener_.onHappening(std::move(happening));
}

void PipelineRun::onStepEnd(StepResult result) {
    if (phase_ != Phase::running) {
        return;
    }
    if (result.ok && outcome_ == SessionState::completed) {
        onProgress(1);
    }
    phase_ = Phase::after;
    stepResult_ = std::move(result);
    stepTimeout_.end();
    timeout_.goOn();
    patience_.disarm();
    next_.trigger();
}

void PipelineRun::goOn() {
    if (phase_ == Phase::after) {
        run_.reset();
        if (!stepResult_.ok && outcome_ == SessionState::completed) {
            outcome_ = SessionState::failed;
            error_ = fmt::format("{}: {}", step().name, stepResult_.error);
        }
        const bool ok = outcome_ == SessionState::completed;
        listener_.onHappening(StepEnded{step().name, ok,
                                        ok               ? ""
                                        : stepResult_.ok ? error_
                                                         : stepResult_.error});
        weightDone_ += step().weight;
        if (!stepResult_.result.empty()) {
            result_ = std::move(stepResult_.result);
        }
        ++at_;
        phase_ = Phase::before;
    }
    if (phase_ != Phase::before) {
        return;
    }
    if (outcome_ != SessionState::completed || at_ == pipeline_.steps.size()) {
        phase_ = Phase::over;
        timeout_.end();
        listener_.onEnd(outcome_, std::move(result_), std::move(error_));
        return;
    }
    startStep();
}

void PipelineRun::stop(SessionState outcome, std::string error) {
    if (outcome_ != SessionState::completed || phase_ == Phase::over) {
        return;
    }
    outcome_ = outcome;
    error_ = std::move(error);
    if (run_) {
        patience_.arm(settings_.patience);
        run_->cancel();
    }
    next_.trigger();
}

void PipelineRun::cancel() {
    stop(SessionState::cancelled, "it was cancelled");
}

void PipelineRun::choose(const std::string& id) {
    if (phase_ == Phase::running && run_) {
        timeout_.goOn();
        stepTimeout_.goOn();
        run_->choose(id);
    }
}

} // namespace compositord
