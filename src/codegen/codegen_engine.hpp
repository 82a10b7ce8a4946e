// Code generation as outlets know it: finds the tasks, has models work on them in sessions, keeps what is
// proven, and applies what somebody, or the policy, says.
#pragma once

#include "base/afterwards.hpp"
#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "codegen/codegen_settings.hpp"
#include "codegen/codegen_store.hpp"
#include "codegen/codegen_subscribers.hpp"
#include "codegen/generation.hpp"
#include "codegen/reload_command.hpp"
#include "codegen/spec_scan.hpp"
#include "codegen/spec_watch.hpp"
#include "codegen/task_board.hpp"
#include "codegen/task_pacer.hpp"
#include "world/codegen_service.hpp"
#include "world/session_service.hpp"

#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace compositord {

class CodegenEngine final : public CodegenService {
public:
    struct Settings {
        CodegenSettings wanted;
        ModelSettings models;
        std::filesystem::path folder; // of what is kept
    };

    /// The context outlives it, and all steps that it is told of end before it.
    static Result<std::unique_ptr<CodegenEngine>> create(EventLoop& loop, const Log& log,
                                                         GenerateContext& context, Settings settings);

    CodegenEngine(const CodegenEngine&) = delete;
    CodegenEngine& operator=(const CodegenEngine&) = delete;
    ~CodegenEngine() override = default;

    /// Where its tasks run; not used any more once they go.
    void attach(SessionService& sessions);

    CodegenStatus status() const override;
    std::vector<CodegenChange> changes() const override;
    std::vector<const CodegenTask*> list() const override;
    const CodegenTask* find(const CodegenTaskId& id) const override;
    std::expected<SessionId, Refusal> run(const CodegenTaskId& id, const std::string& owner) override;
    void details(const CodegenTaskId& id, Answer<CodegenDetails> answer) override;
    void apply(const CodegenTaskId& id, Answer<CodegenTask> answer) override;
    void discard(const CodegenTaskId& id, Answer<CodegenTask> answer) override;
    void revert(const CodegenTaskId& id, Answer<CodegenTask> answer) override;
    CodegenReport report() const override;
    Subscription subscribe(Listener listener) override;

    // For the steps of its sessions.

    CodegenPolicy policy() const { return settings_.wanted.policy; }

    GenerateContext& context() { return context_; }

    /// What this session is to do for the task.
    std::expected<GenerationTask, Refusal> begin(const CodegenTaskId& id, const SessionId& session);

    /// What came of it. Calls back when that is safe on the disk.
    void finish(const CodegenTaskId& id, const SessionId& session, Result<Generated> result,
                const GenerationStats& stats, std::move_only_function<void(Result<>)> then);

    /// It was cancelled.
    void abandon(const GenerationStats& stats);

private:
    /// What is done with a proposal.
    enum class Decision : std::uint8_t { apply, discard, revert };

    struct Decided;

    struct Begun {
        TaskPlace place;
        bool byItself = false;
    };

    CodegenEngine(EventLoop& loop, const Log& log, GenerateContext& context, Settings settings);

    Result<> start();
    void open();
    void onOpened(CodegenStore::Opened opened, SpecRoots roots, SpecScan scan, const std::string& sandbox);
    void scan(bool folders);
    void setScan(SpecScan scan);
    void rebuild();
    void consider();
    std::string obstacle() const;
    void onSession(const Session& session, const SessionEvent& event);
    const KeptProposal* keptOf(const CodegenTaskId& id, bool applied) const;
    void decide(Decision decision, const CodegenTaskId& id, Answer<CodegenTask> answer);
    void onDecided(Decision decision, const KeptProposal& proposal, Decided decided,
                   Answer<CodegenTask> answer);
    void reload(const KeptProposal& proposal);
    void saveMemory();
    void saveMetrics();
    CodegenTask standing(const CodegenTaskId& id) const;
    BoardFacts facts(const std::map<std::string, LiveTask>& live) const;
    template <class Job, class Then> void onWorker(Job job, Then then);
    template <class T> void refuse(Answer<T> answer, Refusal refusal);

    static WallTime now() {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }

    EventLoop& loop_;
    Log log_;
    GenerateContext& context_;
    Settings settings_;
    std::shared_ptr<CodegenStore> store_; // with the worker's jobs
    std::optional<StoreLock> lock_;
    bool ready_ = false;                // all is read
    std::string unready_;               // why not, for a person
    std::vector<std::string> problems_; // beside those of the scan
    std::string noSandbox_;             // empty: there is one
    std::shared_ptr<const SpecRoots> roots_ = std::make_shared<SpecRoots>();
    SpecScan scan_;
    std::vector<CodegenChange> changes_;
    std::vector<CodegenTask> tasks_;
    std::map<std::string, std::size_t, std::less<>> byId_; // in tasks_
    std::map<std::string, KeptProposal> kept_;
    std::map<std::string, LiveTask> live_;
    std::map<std::string, SessionId> lastSessions_;
    std::set<std::string> deciding_;
    std::map<SessionId, Begun> begun_;
    TaskMemory memory_;
    CodegenMetrics metrics_;
    std::optional<TaskPacer> pacer_;
    bool spawningByItself_ = false;
    CodegenStatus toldStatus_;
    CodegenSubscribers subscribers_;
    std::unique_ptr<ReloadCommand> reload_;
    SessionService* sessions_ = nullptr;
    SessionService::Subscription following_;
    std::unique_ptr<SpecWatch> watch_;
    EventSource lockFreed_;
    EventSource consider_;
    EventSource later_; // when the pace allows the next one
    Afterwards::Owner self_;
};

/// Calls `job` on the worker's thread and `then` with what it returned here.
template <class Job, class Then> void CodegenEngine::onWorker(Job job, Then then) {
    context_.worker.submit([job = std::move(job), then = std::move(then),
                            alive = self_.watch()]() mutable -> Worker::Completion {
        return [result = job(), then = std::move(then), alive]() mutable {
            if (!alive.expired()) {
                then(std::move(result));
            }
        };
    });
}

} // namespace compositord
