#include "codegen/generation.hpp"

#include "codegen/checks.hpp"
#include "codegen/prompt.hpp"
#include "codegen/workspace_tools.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kMostDiagnosticsTold = 20;
constexpr std::size_t kLongestOutputTold = 6000;

// How far a step that may take one turn or many has come: each takes a share of what is left.
constexpr double kShareOfTurn = 0.25;
constexpr double kMostProgress = 0.95;

/// What failed, for the model.
CheckReport reportOf(const std::vector<CheckOutcome>& outcomes) {
    CheckReport report{.passed = !outcomes.empty() && std::ranges::all_of(outcomes, &CheckOutcome::passed)};
    for (const CheckOutcome& outcome : outcomes) {
        if (outcome.passed()) {
            continue;
        }
        report.text += fmt::format("{} fails", outcome.check.name);
        report.text += outcome.problem.empty() ? fmt::format(" with status {}:\n", outcome.status)
                                               : fmt::format(": {}\n", outcome.problem);
        report.problems += std::max<std::size_t>(1, outcome.diagnostics.size());
        for (std::size_t i = 0; i < std::min(kMostDiagnosticsTold, outcome.diagnostics.size()); ++i) {
            const Diagnostic& found = outcome.diagnostics[i];
            report.text += found.text.empty() ? fmt::format("{}:{}: {} {}\n", found.path, found.line,
                                                            found.code, found.message)
                                              : found.text + "\n";
        }
        if (outcome.diagnostics.empty()) {
            const std::string& output = outcome.output;
            report.text += output.substr(output.size() - std::min(kLongestOutputTold, output.size())) + "\n";
        }
    }
    return report;
}

std::string_view kindOf(ChatProblem::Kind kind) {
    switch (kind) {
    case ChatProblem::Kind::noModel:
    case ChatProblem::Kind::wrongModel:
        return "no model";
    case ChatProblem::Kind::tooLong:
        return "too long";
    case ChatProblem::Kind::silent:
    case ChatProblem::Kind::cut:
        return "model broke off";
    default:
        return "server";
    }
}

} // namespace

/// What the worker's jobs work on, one after the other; the loop's thread touches it only between them.
struct Generation::Work {
    std::unique_ptr<Workspace> workspace; // null before it is prepared

    Work() = default;
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

    ~Work() {
        if (workspace) {
            (void)workspace->remove();
        }
    }
};

/// What a job takes along: it may outlive the context when the program ends.
struct Generation::Places {
    std::filesystem::path folder;
    std::vector<std::filesystem::path> prompts;
    SandboxSettings sandbox;
};

struct Generation::Prepared {
    std::string prompt;
    std::string system;
    std::shared_ptr<const Sandbox> sandbox;
    Sandbox::Place place;
};

Generation::Generation(GenerateContext& context, EventLoop& loop, StepListener& listener, GenerationTask task,
                       End onEnd)
    : context_(context), loop_(loop), listener_(listener),
      task_(std::make_shared<const GenerationTask>(std::move(task))), onEnd_(std::move(onEnd)),
      began_(Clock::now()), work_(std::make_shared<Work>()) {}

Generation::~Generation() {
    context_.worker.submit([work = std::move(work_)]() mutable -> Worker::Completion {
        work.reset();
        return [] {};
    });
}

/// Calls `job` on the worker's thread and `then` with what it returned here, unless it is over.
template <class Job, class Then> void Generation::onWorker(Job job, Then then) {
    context_.worker.submit([job = std::move(job), then = std::move(then), work = work_, alive = self_.watch(),
                            this]() mutable -> Worker::Completion {
        return [result = job(*work), then = std::move(then), alive, this]() mutable {
            if (!alive.expired() && !over_) {
                then(std::move(result));
            }
        };
    });
}

Result<std::unique_ptr<Generation>> Generation::start(GenerateContext& context, EventLoop& loop,
                                                      StepListener& listener, GenerationTask task,
                                                      End onEnd) {
    if (context.folder.empty()) {
        return failure(EINVAL, "there is no place to work in; set XDG_STATE_HOME or HOME");
    }
    std::unique_ptr<Generation> generation(
        new Generation(context, loop, listener, std::move(task), std::move(onEnd)));
    Generation& self = *generation;
    self.onWorker([task = self.task_, places = Places{context.folder, context.prompts, context.sandbox}](
                      Work& work) { return prepare(work, *task, places); },
                  [&self](Result<Prepared> prepared) { self.onPrepared(std::move(prepared)); });
    return generation;
}

Result<Generation::Prepared> Generation::prepare(Work& work, const GenerationTask& task,
                                                 const Places& places) {
    Prepared prepared;
    auto sandbox = Sandbox::find(places.sandbox);
    if (!sandbox) {
        return std::unexpected(sandbox.error());
    }
    Workspace::Settings settings{
        .repository = task.repository, .folder = places.folder, .denied = task.denied};
    if (!task.roots.empty()) {
        settings.roots = task.roots;
    }
    if (task.base) {
        auto base = task.base();
        if (!base) {
            return std::unexpected(base.error());
        }
        settings.base = *std::move(base);
    }
    auto workspace = Workspace::create(settings, task.name);
    if (!workspace) {
        return std::unexpected(workspace.error());
    }
    work.workspace = std::make_unique<Workspace>(*std::move(workspace));
    prepared.sandbox = std::make_shared<const Sandbox>(*std::move(sandbox));
    prepared.place = Validation::placeOf(*work.workspace, task.repository);
    const auto system = PromptTemplate::load("system", places.prompts, {});
    if (!system) {
        return std::unexpected(system.error());
    }
    prepared.system = system->fill({});
    auto prompt = task.prompt(*work.workspace);
    if (!prompt) {
        return std::unexpected(prompt.error());
    }
    prepared.prompt = *std::move(prompt);
    return prepared;
}

void Generation::onPrepared(Result<Prepared> prepared) {
    stats_.preparing = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
    if (!prepared) {
        fail("preparation", prepared.error().message());
        return;
    }
    prepared_ = std::make_unique<Prepared>(*std::move(prepared));
    run_ = std::make_unique<CodegenRun>(CodegenRun::Settings{}, prepared_->system, prepared_->prompt,
                                        workspaceTools());
    perform(run_->begin());
}

void Generation::perform(CodegenRun::Action action) {
    stats_.rounds = run_->round();
    stats_.usage = run_->usage();
    if (auto* wanted = std::get_if<CodegenRun::Ask>(&action)) {
        ask(std::move(wanted->request));
    } else if (auto* tools = std::get_if<CodegenRun::UseTools>(&action)) {
        useTools(tools->calls);
    } else if (auto* files = std::get_if<CodegenRun::Write>(&action)) {
        onWorker([edits = std::move(files->edits)](Work& work) { return writeEdits(*work.workspace, edits); },
                 [this](const std::vector<std::string>& problems) { perform(run_->onWritten(problems)); });
    } else if (std::holds_alternative<CodegenRun::Check>(action)) {
        check();
    } else {
        const auto& finish = std::get<CodegenRun::Finish>(action);
        if (finish.ok) {
            prove();
        } else {
            fail(stats_.failure.empty() ? "never right" : stats_.failure, finish.reason);
        }
    }
}

void Generation::ask(ChatRequest request) {
    began_ = Clock::now();
    auto chat = context_.models.chat(
        task_->models, std::move(request),
        {.onPiece =
             [this](ChatPiece piece) {
                 listener_.onOutput(piece.kind == ChatPiece::Kind::content ? OutputKind::text
                                                                           : OutputKind::thinking,
                                    std::move(piece.text));
             },
         .onNote = [this](const std::string& note) { say(note); },
         .onEnd = [this](std::expected<ChatReply, ChatProblem> reply) { onReply(std::move(reply)); }});
    if (!chat) {
        fail("server", chat.error().message());
        return;
    }
    chat_ = std::move(*chat);
}

void Generation::onReply(std::expected<ChatReply, ChatProblem> reply) {
    chat_.reset();
    if (over_) {
        return;
    }
    stats_.asking += std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
    stats_.failure.clear();
    if (reply) {
        stats_.model = reply->model.empty() ? task_->models.endpoints.front().model : reply->model;
        if (const auto& usage = reply->usage) {
            listener_.onHappening(TokensUsed{usage->total()});
        }
    } else if (reply.error().kind != ChatProblem::Kind::empty) {
        stats_.failure = kindOf(reply.error().kind);
    }
    tookTurn();
    perform(run_->onReply(std::move(reply)));
}

void Generation::useTools(const std::vector<ToolCall>& calls) {
    for (const ToolCall& call : calls) {
        listener_.onHappening(ToolStarted{call.id, call.name, call.arguments});
    }
    onWorker(
        [calls](Work& work) {
            std::vector<ToolOutcome> outcomes;
            outcomes.reserve(calls.size());
            for (const ToolCall& call : calls) {
                outcomes.push_back(useTool(*work.workspace, call));
            }
            return outcomes;
        },
        [this, calls](const std::vector<ToolOutcome>& outcomes) {
            for (std::size_t i = 0; i < calls.size(); ++i) {
                listener_.onHappening(ToolEnded{calls[i].id, calls[i].name, outcomes[i].ok,
                                                outcomes[i].ok ? "null" : outcomes[i].text});
            }
            perform(run_->onTools(outcomes));
        });
}

void Generation::check() {
    struct Planned {
        Result<std::vector<Check>> checks;
        WorkspaceChanges changes;
    };

    began_ = Clock::now();
    onWorker(
        [task = task_](Work& work) -> Planned {
            auto changes = work.workspace->changes();
            if (!changes) {
                return {std::unexpected(changes.error()), {}};
            }
            return {planChecks(work.workspace->tree(), *changes, task->plan), *changes};
        },
        [this](Planned planned) {
            checked_ = std::move(planned.changes);
            if (planned.checks) {
                planned_ = *planned.checks;
                validate(*std::move(planned.checks));
            } else {
                perform(run_->onChecked({.problems = 1, .text = planned.checks.error().message()}));
            }
        });
}

void Generation::validate(std::vector<Check> checks) {
    auto validation = Validation::start(
        loop_, {context_.child, *prepared_->sandbox, prepared_->place}, std::move(checks),
        {.onCheck = [this](const Check& check) { say("running " + check.name); },
         .onOutput = [](std::string_view) {},
         .onEnd =
             [this](std::vector<CheckOutcome> outcomes) {
                 outcomes_ = std::move(outcomes);
                 context_.afterwards.call(self_, [this] { onValidated(std::move(outcomes_)); });
             }});
    if (!validation) {
        fail("sandbox", validation.error().message());
        return;
    }
    validation_ = std::move(*validation);
}

void Generation::onValidated(std::vector<CheckOutcome> outcomes) {
    validation_.reset();
    if (over_) {
        return;
    }
    stats_.checking += std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
    for (const CheckOutcome& outcome : outcomes) {
        if (!outcome.diagnostics.empty()) {
            stats_.diagnostics[outcome.check.name] += outcome.diagnostics.size();
        }
    }
    const CheckReport report = reportOf(outcomes);
    outcomes_ = std::move(outcomes);
    say(report.passed ? "all checks pass" : report.text);
    tookTurn();
    perform(run_->onChecked(report));
}

void Generation::prove() {
    onWorker(
        [checked = std::move(checked_), planned = std::move(planned_),
         outcomes = std::move(outcomes_)](Work& work) mutable -> Result<Generated> {
            const auto now = work.workspace->changes();
            if (!now) {
                return std::unexpected(now.error());
            }
            auto validated = Validated::of(std::move(checked), *now, planned, std::move(outcomes));
            auto diff = work.workspace->diff();
            if (!validated || !diff) {
                return std::unexpected(validated ? diff.error() : validated.error());
            }
            return Generated{*std::move(validated), *std::move(diff)};
        },
        [this](Result<Generated> generated) {
            stats_.failure = generated ? "" : "proof";
            end(std::move(generated));
        });
}

void Generation::tookTurn() {
    progress_ += (kMostProgress - progress_) * kShareOfTurn;
    listener_.onProgress(progress_);
}

void Generation::say(const std::string& line) {
    listener_.onOutput(OutputKind::diagnostic, line + "\n");
}

void Generation::fail(std::string kind, std::string error) {
    stats_.failure = std::move(kind);
    end(failure(0, std::move(error)));
}

void Generation::end(Result<Generated> result) {
    over_ = true;
    context_.afterwards.call(self_, [this, result = std::move(result)]() mutable {
        auto onEnd = std::move(onEnd_);
        const GenerationStats stats = std::move(stats_);
        onEnd(std::move(result), stats); // may destroy this
    });
}

} // namespace compositord
