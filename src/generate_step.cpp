#include "generate_step.hpp"

#include "chat_step.hpp"
#include "codegen/generation.hpp"
#include "codegen/sandbox_limits.hpp"
#include "codegen/task_prompt.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <utility>

namespace compositord {

namespace {

constexpr std::array<std::string_view, 8> kOwnSettings{
    "repository", "task", "files", "roots", "tests", "check_seconds", "check_memory", "check_processes"};
constexpr std::array<std::string_view, 11> kModelSettings{"url",
                                                          "model",
                                                          "key_file",
                                                          "keyring",
                                                          "fallback_url",
                                                          "fallback_model",
                                                          "fallback_key_file",
                                                          "fallback_keyring",
                                                          "connect",
                                                          "first_token",
                                                          "idle"};

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

Result<GenerationTask> taskOf(const GenerateContext& generate, const StepContext& context) {
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
    const auto value = [&](const std::string& name, const std::string& otherwise) {
        const auto found = settings.find(name);
        return found != settings.end() ? found->second : otherwise;
    };
    const auto session = context.values.find("session");
    GenerationTask task{.name = session != context.values.end() ? session->second : "task",
                        .repository = value("repository", ""),
                        .roots = words(value("roots", "")),
                        .models = *std::move(models),
                        .plan = {.tests = value("tests", "no") == "yes"}};
    if (!task.repository.is_absolute()) {
        return failure(EINVAL, "generate needs the setting repository: the full path of a git repository");
    }
    TaskBrief brief{.task = fill(value("task", "{task}"), context.values)};
    for (const std::string& word : words(value("files", ""))) {
        for (const std::string& path : words(fill(word, context.values))) {
            brief.files.push_back(path);
        }
    }
    task.prompt = [brief = std::move(brief), templates = generate.prompts](const Workspace& workspace) {
        return promptFor(workspace, brief, templates);
    };
    return task;
}

class GenerateStep final : public StepRun {
public:
    GenerateStep(const GenerateContext& generate, StepListener& listener)
        : generate_(generate), listener_(listener) {}

    Result<> start(const StepContext& context) {
        if (auto limited = parseSandboxLimits(context.step.settings, generate_.sandbox.limits); !limited) {
            return limited;
        }
        auto task = taskOf(generate_, context);
        if (!task) {
            return std::unexpected(task.error());
        }
        auto generation =
            Generation::start(generate_, context.loop, listener_, *std::move(task),
                              [this](Result<Generated> result, const GenerationStats&) {
                                  end(result ? StepResult{.result = std::move(result->diff)}
                                             : StepResult{.ok = false, .error = result.error().message()});
                              });
        if (!generation) {
            return std::unexpected(generation.error());
        }
        generation_ = std::move(*generation);
        return {};
    }

    void cancel() override { end({.ok = false, .error = "cancelled"}); }

private:
    void end(StepResult result) {
        if (!std::exchange(over_, true)) {
            listener_.onStepEnd(std::move(result));
        }
    }

    GenerateContext generate_; // with limits of its own
    StepListener& listener_;
    bool over_ = false;
    std::unique_ptr<Generation> generation_;
};

} // namespace

StepFactory generateStep(GenerateContext& context) {
    return [&context](const StepContext& step, StepListener& listener) -> Result<std::unique_ptr<StepRun>> {
        auto run = std::make_unique<GenerateStep>(context, listener);
        if (auto started = run->start(step); !started) {
            return std::unexpected(started.error());
        }
        return run;
    };
}

} // namespace compositord
