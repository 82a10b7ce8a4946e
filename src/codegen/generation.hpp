// A model works on one task until its checks pass: in a worktree of its own, with what it says told to
// whoever follows the step, and a proof at the end.
#pragma once

#include "base/afterwards.hpp"
#include "base/worker.hpp"
#include "codegen/apply.hpp"
#include "codegen/codegen_run.hpp"
#include "codegen/model_client.hpp"
#include "codegen/sandbox.hpp"
#include "codegen/validator.hpp"
#include "codegen/workspace.hpp"
#include "session/child.hpp"
#include "session/step.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace compositord {

/// What all of them share; it outlives them.
struct GenerateContext {
    ModelClient& models;
    Worker& worker;
    Afterwards& afterwards;
    Child::Settings child;
    std::filesystem::path folder;               // of workspaces
    std::vector<std::filesystem::path> prompts; // folders of templates
    SandboxSettings sandbox = SandboxSettings::usual();
};

struct GenerationTask {
    std::string name; // of its workspace: a file name that no other has
    std::filesystem::path repository;
    std::vector<std::string> roots;  // that may be changed; empty: all of it
    std::vector<std::string> denied; // but nothing of these
    ModelSettings models;
    CheckPlan plan;
    /// What it starts from. It blocks, as does the next; may be empty for HEAD.
    std::function<Result<std::string>()> base;
    /// What the model is told.
    std::function<Result<std::string>(const Workspace&)> prompt;
};

/// How a generation went, whatever came of it.
struct GenerationStats {
    std::string model; // that answered; empty: none did
    unsigned rounds = 0;
    ChatUsage usage;
    std::chrono::milliseconds preparing{0};
    std::chrono::milliseconds asking{0};
    std::chrono::milliseconds checking{0};
    std::map<std::string, std::uint64_t> diagnostics; // by the name of the check
    std::string failure;                              // its kind, a word or two; empty: it went well
};

struct Generated {
    Validated validated;
    std::string diff;
};

class Generation {
public:
    using End = std::move_only_function<void(Result<Generated>, const GenerationStats&)>;

    /// `onEnd` is called once, not before this has returned; it may destroy the generation. The listener is
    /// told of all but the end of its step.
    static Result<std::unique_ptr<Generation>> start(GenerateContext& context, EventLoop& loop,
                                                     StepListener& listener, GenerationTask task, End onEnd);

    Generation(const Generation&) = delete;
    Generation& operator=(const Generation&) = delete;

    const GenerationStats& stats() const { return stats_; }

    /// What runs ends. The workspace goes with the last job that knows it, on the worker's thread.
    ~Generation();

private:
    struct Work;
    struct Prepared;
    struct Places;
    using Clock = std::chrono::steady_clock;

    Generation(GenerateContext& context, EventLoop& loop, StepListener& listener, GenerationTask task,
               End onEnd);

    template <class Job, class Then> void onWorker(Job job, Then then);

    static Result<Prepared> prepare(Work& work, const GenerationTask& task, const Places& places);
    void onPrepared(Result<Prepared> prepared);
    void perform(CodegenRun::Action action);
    void ask(ChatRequest request);
    void onReply(std::expected<ChatReply, ChatProblem> reply);
    void useTools(const std::vector<ToolCall>& calls);
    void check();
    void validate(std::vector<Check> checks);
    void onValidated(std::vector<CheckOutcome> outcomes);
    void prove();
    void fail(std::string kind, std::string error);
    void end(Result<Generated> result);
    void say(const std::string& line);
    void tookTurn();

    GenerateContext& context_;
    EventLoop& loop_;
    StepListener& listener_;
    std::shared_ptr<const GenerationTask> task_; // with jobs
    End onEnd_;
    GenerationStats stats_;
    Clock::time_point began_; // what is being done
    std::unique_ptr<Prepared> prepared_;
    std::shared_ptr<Work> work_;
    std::unique_ptr<CodegenRun> run_; // null before the prompt is made
    std::unique_ptr<ModelChat> chat_;
    std::unique_ptr<Validation> validation_;
    // Of the last checks.
    WorkspaceChanges checked_;
    std::vector<Check> planned_;
    std::vector<CheckOutcome> outcomes_;
    double progress_ = 0;
    bool over_ = false;
    Afterwards::Owner self_;
};

} // namespace compositord
