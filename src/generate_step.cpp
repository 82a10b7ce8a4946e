#include "generate_step.hpp"

#include "chat_step.hpp"
#include "codegen/checks.hpp"
#include "codegen/codegen_run.hpp"
#include "codegen/prompt.hpp"
#include "codegen/validator.hpp"
#include "codegen/workspace.hpp"
#include "codegen/workspace_tools.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace compositord {

namespace {

constexpr std::array<std::string_view, 5> kOwnSettings{"repository", "task", "files", "roots", "tests"};
constexpr std::array<std::string_view, 9> kModelSettings{
    "url",     "model",       "key_file", "fallback_url", "fallback_model", "fallback_key_file",
    "connect", "first_token", "idle"};
const std::vector<std::string> kPlaces{"task",     "files",  "errors",    "specs",
                                       "proposal", "design", "neighbours"};

constexpr std::size_t kMostDiagnosticsTold = 20;
constexpr std::size_t kLongestOutputTold = 6000;

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> result;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (end > 0) {
            result.emplace_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

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

/// What the worker's jobs work on, one after the other; the loop's thread touches it only between them.
struct Work {
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

struct Prepared {
    std::string prompt;
    std::string system;
    std::shared_ptr<const Sandbox> sandbox; // null before it is found
    Sandbox::Place place;
};

/// Blocks.
Result<Prepared> prepare(Work& work, const Workspace::Settings& settings, const std::string& name,
                         const std::vector<std::filesystem::path>& prompts, const std::string& task,
                         const std::vector<std::string>& files) {
    Prepared prepared;
    auto sandbox = Sandbox::find(SandboxSettings::usual());
    if (!sandbox) {
        return std::unexpected(sandbox.error());
    }
    auto workspace = Workspace::create(settings, name);
    if (!workspace) {
        return std::unexpected(workspace.error());
    }
    work.workspace = std::make_unique<Workspace>(*std::move(workspace));
    prepared.sandbox = std::make_shared<const Sandbox>(*std::move(sandbox));
    prepared.place = Validation::placeOf(*work.workspace, settings.repository);
    std::string shown;
    for (const std::string& path : files) {
        auto content = work.workspace->readFile(path);
        if (!content && content.error().code != ENOENT) {
            return std::unexpected(content.error());
        }
        shown += content ? fmt::format("{}:\n````\n{}````\n", path, *content)
                         : fmt::format("{} is to be made.\n", path);
    }
    if (shown.empty()) {
        auto list = work.workspace->listFiles(".");
        shown = list ? fmt::format("The repository has:\n{}\n", fmt::join(*list, "\n")) : "";
    }
    auto system = PromptTemplate::load("system", prompts, {});
    auto prompt = PromptTemplate::load("task", prompts, kPlaces);
    if (!system || !prompt) {
        return std::unexpected(system ? prompt.error() : system.error());
    }
    prepared.system = system->fill({});
    auto text = buildPrompt(*prompt, {{"task", task}, {"files", shown}}, CodegenRun::Settings{}.budget / 2);
    if (!text) {
        return std::unexpected(text.error());
    }
    prepared.prompt = *std::move(text);
    return prepared;
}

class GenerateStep final : public StepRun {
public:
    GenerateStep(GenerateContext& context, EventLoop& loop, StepListener& listener)
        : context_(context), loop_(loop), listener_(listener) {}

    GenerateStep(const GenerateStep&) = delete;
    GenerateStep& operator=(const GenerateStep&) = delete;

    /// The workspace goes with the last job that knows it, on the worker's thread.
    ~GenerateStep() override {
        context_.worker.submit([work = std::move(work_)]() mutable -> Worker::Completion {
            work.reset();
            return [] {};
        });
    }

    Result<> start(const StepContext& context);
    void cancel() override;

private:
    /// Calls `job` on the worker's thread and `then` with what it returned here, unless the step is over.
    template <class Job, class Then> void onWorker(Job job, Then then) {
        context_.worker.submit([job = std::move(job), then = std::move(then), work = work_,
                                alive = self_.watch(), this]() mutable -> Worker::Completion {
            return [result = job(*work), then = std::move(then), alive, this]() mutable {
                if (!alive.expired() && !over_) {
                    then(std::move(result));
                }
            };
        });
    }

    void perform(CodegenRun::Action action);
    void ask(ChatRequest request);
    void useTools(const std::vector<ToolCall>& calls);
    void check();
    void validate(std::vector<Check> checks);
    void onReply(std::expected<ChatReply, ChatProblem> reply);
    void end(StepResult result);

    void say(const std::string& line) { listener_.onOutput(OutputKind::diagnostic, line + "\n"); }

    GenerateContext& context_;
    EventLoop& loop_;
    StepListener& listener_;
    ModelSettings models_;
    bool tests_ = false;
    Prepared prepared_;
    std::shared_ptr<Work> work_ = std::make_shared<Work>();
    std::unique_ptr<CodegenRun> run_; // null before the prompt is made
    std::unique_ptr<ModelChat> chat_;
    std::unique_ptr<Validation> validation_;
    bool over_ = false;
    Afterwards::Owner self_;
};

Result<> GenerateStep::start(const StepContext& context) {
    const auto& settings = context.step.settings;
    for (const auto& [name, value] : settings) {
        if (std::ranges::find(kOwnSettings, name) == kOwnSettings.end() &&
            std::ranges::find(kModelSettings, name) == kModelSettings.end()) {
            return failure(EINVAL, "generate has no such setting", name);
        }
    }
    auto models = parseModelSettings(settings);
    if (!models) {
        return std::unexpected(models.error());
    }
    models_ = *std::move(models);
    const auto value = [&](const std::string& name, const std::string& otherwise) {
        const auto found = settings.find(name);
        return found != settings.end() ? found->second : otherwise;
    };
    Workspace::Settings place{.repository = value("repository", ""), .folder = context_.folder};
    if (!place.repository.is_absolute()) {
        return failure(EINVAL, "generate needs the setting repository: the full path of a git repository");
    }
    if (context_.folder.empty()) {
        return failure(EINVAL, "generate has no place for its work; set XDG_STATE_HOME or HOME");
    }
    if (auto roots = words(value("roots", "")); !roots.empty()) {
        place.roots = std::move(roots);
    }
    tests_ = value("tests", "no") == "yes";
    std::vector<std::string> files;
    for (const std::string& word : words(value("files", ""))) {
        for (const std::string& path : words(fill(word, context.values))) {
            files.push_back(path);
        }
    }
    const auto session = context.values.find("session");
    onWorker([place, name = session != context.values.end() ? session->second : "task",
              prompts = context_.prompts, task = fill(value("task", "{task}"), context.values),
              files](Work& work) { return prepare(work, place, name, prompts, task, files); },
             [this](Result<Prepared> prepared) {
                 if (!prepared) {
                     end({.ok = false, .error = prepared.error().message()});
                     return;
                 }
                 prepared_ = *std::move(prepared);
                 run_ = std::make_unique<CodegenRun>(CodegenRun::Settings{}, prepared_.system,
                                                     prepared_.prompt, workspaceTools());
                 perform(run_->begin());
             });
    return {};
}

void GenerateStep::perform(CodegenRun::Action action) {
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
        if (!finish.ok) {
            end({.ok = false, .error = finish.reason});
            return;
        }
        onWorker([](Work& work) { return work.workspace->diff(); },
                 [this](Result<std::string> diff) {
                     end(diff ? StepResult{.result = *std::move(diff)}
                              : StepResult{.ok = false, .error = diff.error().message()});
                 });
    }
}

void GenerateStep::ask(ChatRequest request) {
    auto chat = context_.models.chat(
        models_, std::move(request),
        {.onPiece =
             [this](ChatPiece piece) {
                 listener_.onOutput(piece.kind == ChatPiece::Kind::content ? OutputKind::text
                                                                           : OutputKind::thinking,
                                    std::move(piece.text));
             },
         .onNote = [this](const std::string& note) { say(note); },
         .onEnd = [this](std::expected<ChatReply, ChatProblem> reply) { onReply(std::move(reply)); }});
    if (!chat) {
        end({.ok = false, .error = chat.error().message()});
        return;
    }
    chat_ = std::move(*chat);
}

void GenerateStep::onReply(std::expected<ChatReply, ChatProblem> reply) {
    chat_.reset();
    if (over_) {
        return;
    }
    if (reply) {
        if (const auto& usage = reply->usage) {
            listener_.onHappening(TokensUsed{usage->total()});
        }
    }
    perform(run_->onReply(std::move(reply)));
}

void GenerateStep::useTools(const std::vector<ToolCall>& calls) {
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

void GenerateStep::check() {
    onWorker(
        [tests = tests_](Work& work) -> Result<std::vector<Check>> {
            auto changes = work.workspace->changes();
            if (!changes) {
                return std::unexpected(changes.error());
            }
            return planChecks(work.workspace->tree(), *changes, {.tests = tests});
        },
        [this](Result<std::vector<Check>> checks) {
            if (checks) {
                validate(*std::move(checks));
            } else {
                perform(run_->onChecked({.problems = 1, .text = checks.error().message()}));
            }
        });
}

void GenerateStep::validate(std::vector<Check> checks) {
    auto validation =
        Validation::start(loop_, {context_.child, *prepared_.sandbox, prepared_.place}, std::move(checks),
                          {.onCheck = [this](const Check& check) { say("running " + check.name); },
                           .onOutput = [](std::string_view) {},
                           .onEnd =
                               [this](const std::vector<CheckOutcome>& outcomes) {
                                   context_.afterwards.call(self_, [this, report = reportOf(outcomes)] {
                                       validation_.reset();
                                       if (!over_) {
                                           say(report.passed ? "all checks pass" : report.text);
                                           perform(run_->onChecked(report));
                                       }
                                   });
                               }});
    if (!validation) {
        end({.ok = false, .error = validation.error().message()});
        return;
    }
    validation_ = std::move(*validation);
}

void GenerateStep::end(StepResult result) {
    over_ = true;
    listener_.onStepEnd(std::move(result));
}

void GenerateStep::cancel() {
    if (!over_) {
        end({.ok = false, .error = "cancelled"});
    }
}

} // namespace

StepFactory generateStep(GenerateContext& context) {
    return [&context](const StepContext& step, StepListener& listener) -> Result<std::unique_ptr<StepRun>> {
        auto run = std::make_unique<GenerateStep>(context, step.loop, listener);
        if (auto started = run->start(step); !started) {
            return std::unexpected(started.error());
        }
        return run;
    };
}

} // namespace compositord
