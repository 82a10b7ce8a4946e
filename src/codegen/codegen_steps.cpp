#include "codegen/codegen_steps.hpp"

#include <fmt/format.h>

#include <utility>

namespace compositord {

namespace {

constexpr std::chrono::hours kLongestRun{6}; // the time for a choice does not count
constexpr double kWeightOfWriting = 9;

constexpr const char* kReview = "review";
constexpr const char* kApply = "apply";
constexpr const char* kDiscard = "discard";

std::string valueOf(const StepContext& context, const std::string& name) {
    const auto found = context.values.find(name);
    return found != context.values.end() ? found->second : std::string();
}

class CodegenStep final : public StepRun {
public:
    CodegenStep(CodegenEngine& engine, StepListener& listener, const StepContext& context)
        : engine_(engine), listener_(listener), task_(valueOf(context, "id")),
          session_(valueOf(context, "session")) {}

    Result<> start(EventLoop& loop) {
        auto wanted = engine_.begin(task_, session_);
        if (!wanted) {
            return failure(0, task_ + ": " + wanted.error().message);
        }
        auto generation = Generation::start(engine_.context(), loop, listener_, *std::move(wanted),
                                            [this](Result<Generated> result, const GenerationStats& stats) {
                                                onEnd(std::move(result), stats);
                                            });
        if (!generation) {
            return std::unexpected(generation.error());
        }
        generation_ = std::move(*generation);
        return {};
    }

    void cancel() override {
        if (!over_) {
            over_ = true;
            engine_.abandon(generation_->stats());
            listener_.onStepEnd({.ok = false, .error = "cancelled"});
        }
    }

private:
    void onEnd(Result<Generated> result, const GenerationStats& stats) {
        if (over_) {
            return;
        }
        over_ = true; // it cannot be cancelled any more
        const std::string diff = result ? result->diff : "";
        const std::string error = result ? "" : result.error().message();
        engine_.finish(task_, session_, std::move(result), stats,
                       [this, alive = self_.watch(), diff, error](const Result<>& kept) {
                           if (alive.expired()) {
                               return;
                           }
                           if (error.empty() && kept) {
                               listener_.onOutput(OutputKind::text, "```diff\n" + diff + "```\n");
                               listener_.onStepEnd({.result = diff});
                           } else {
                               listener_.onStepEnd(
                                   {.ok = false, .error = error.empty() ? kept.error().message() : error});
                           }
                       });
    }

    CodegenEngine& engine_;
    StepListener& listener_;
    std::string task_;
    std::string session_;
    bool over_ = false;
    std::unique_ptr<Generation> generation_;
    Afterwards::Owner self_;
};

class ReviewStep final : public StepRun {
public:
    ReviewStep(CodegenEngine& engine, StepListener& listener, std::string task)
        : engine_(engine), listener_(listener), task_(std::move(task)) {}

    Result<> start() {
        const CodegenTask* task = engine_.find(task_);
        if (task == nullptr || !task->hasDiff) {
            return failure(0, task_ + " has no changes that wait for review");
        }
        if (task->state == CodegenState::applied) {
            onTask(*task); // somebody was quick
            return {};
        }
        // Whoever decides about it, and where.
        subscription_ = engine_.subscribe({.onTask = [this](const CodegenTask& now) { onTask(now); },
                                           .onGone =
                                               [this](const CodegenTaskId& id) {
                                                   if (id == task_) {
                                                       end({.result = "discarded"});
                                                   }
                                               },
                                           .onReload = {},
                                           .onStatus = {}});
        if (engine_.policy() == CodegenPolicy::automatic) {
            apply(false);
        } else {
            offer();
        }
        return {};
    }

    void cancel() override { end({.ok = false, .error = "cancelled; the changes still wait for review"}); }

    void choose(const std::string& id) override {
        if (id == kApply) {
            apply(true);
        } else if (id == kDiscard) {
            engine_.discard(task_, whenDecided(true));
        } else {
            show();
        }
    }

private:
    void offer() {
        if (!over_) {
            listener_.onHappening(
                ChoicesOffered{{{kReview, "Review"}, {kApply, "Apply"}, {kDiscard, "Discard"}}});
        }
    }

    void apply(bool askAgain) { engine_.apply(task_, whenDecided(askAgain)); }

    /// What went well is told by onTask().
    CodegenService::Answer<CodegenTask> whenDecided(bool askAgain) {
        return [this, askAgain, alive = self_.watch()](const std::expected<CodegenTask, Refusal>& answer) {
            if (alive.expired() || answer || over_) {
                return;
            }
            if (askAgain) {
                listener_.onOutput(OutputKind::diagnostic, answer.error().message + "\n");
                offer();
            } else {
                end({.ok = false, .error = answer.error().message + "; the changes wait for review"});
            }
        };
    }

    void show() {
        engine_.details(task_, [this, alive = self_.watch()](std::expected<CodegenDetails, Refusal> details) {
            if (alive.expired() || over_) {
                return;
            }
            listener_.onOutput(details ? OutputKind::text : OutputKind::diagnostic,
                               details ? "```diff\n" + details->diff + "```\n"
                                       : details.error().message + "\n");
            offer();
        });
    }

    void onTask(const CodegenTask& now) {
        if (now.id != task_ || now.state == CodegenState::review) {
            return;
        }
        if (now.state != CodegenState::applied) {
            end({.result = "discarded"});
        } else if (now.branch.empty()) {
            end({.result = "applied to the files of the repository"});
        } else {
            end({.result = fmt::format("applied on the branch {} as commit {}", now.branch, now.commit)});
        }
    }

    void end(StepResult result) {
        if (!std::exchange(over_, true)) {
            listener_.onStepEnd(std::move(result));
        }
    }

    CodegenEngine& engine_;
    StepListener& listener_;
    std::string task_;
    bool over_ = false;
    CodegenService::Subscription subscription_;
    Afterwards::Owner self_;
};

} // namespace

StepFactory codegenStep(CodegenEngine& engine) {
    return [&engine](const StepContext& context, StepListener& listener) -> Result<std::unique_ptr<StepRun>> {
        auto step = std::make_unique<CodegenStep>(engine, listener, context);
        if (auto started = step->start(context.loop); !started) {
            return std::unexpected(started.error());
        }
        return step;
    };
}

StepFactory reviewStep(CodegenEngine& engine) {
    return [&engine](const StepContext& context, StepListener& listener) -> Result<std::unique_ptr<StepRun>> {
        auto step = std::make_unique<ReviewStep>(engine, listener, valueOf(context, "id"));
        if (auto started = step->start(); !started) {
            return std::unexpected(started.error());
        }
        return step;
    };
}

Pipeline codegenPipeline() {
    return {.name = "codegen",
            .description = "has a model do a task of a change, and applies what passes the checks",
            .parameters = {{.name = "id", .description = "of the task, ROOT/CHANGE/TASK", .fallback = {}}},
            .timeout = kLongestRun,
            .steps = {{.name = "write", .weight = kWeightOfWriting, .builtin = "codegen"},
                      {.name = "review", .builtin = "review"}}};
}

} // namespace compositord
