#include "codegen/codegen_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ranges>
#include <utility>

namespace compositord {

namespace {

namespace fs = std::filesystem;

constexpr auto kPageEndings = std::to_array<std::string_view>({".js", ".mjs", ".cjs", ".css", ".html"});
constexpr auto kScriptEndings = std::to_array<std::string_view>({".js", ".mjs", ".cjs"});

template <std::size_t Count>
bool endsLikeOne(const std::string& path, const std::array<std::string_view, Count>& endings) {
    return std::ranges::any_of(endings, [&](std::string_view ending) { return path.ends_with(ending); });
}

/// The code that an error of the disk or of git stands for, in the words for a person.
Refusal refusalOf(const Error& error) {
    const std::string words = error.where.empty() ? error.what : error.what + " (" + error.where + ")";
    switch (error.code) {
    case EPERM:
        return {RefusalCode::forbidden, "task", words};
    case EBUSY:
    case ESTALE:
        return {RefusalCode::busy, "task", words};
    case ENOENT:
        return {RefusalCode::notFound, "task", error.message()};
    default:
        return {RefusalCode::busy, "task", error.code == 0 ? words : error.message()};
    }
}

ApplyPolicy policyOf(const CodegenSettings& wanted) {
    ApplyPolicy policy = wanted.apply;
    if (!wanted.protectedBranches.empty()) {
        policy.protectedBranches = wanted.protectedBranches;
    }
    return policy;
}

} // namespace

struct CodegenEngine::Decided {
    Result<KeptProposal> proposal; // as it is then
    SpecScan scan;
};

CodegenEngine::CodegenEngine(EventLoop& loop, const Log& log, GenerateContext& context, Settings settings)
    : loop_(loop), log_(log.withCategory(LogCategory::codegen)), context_(context),
      settings_(std::move(settings)),
      store_(std::make_shared<CodegenStore>(settings_.folder, policyOf(settings_.wanted))),
      reload_(std::make_unique<ReloadCommand>(
          loop, log_, context.afterwards, ReloadCommand::Settings{context.child, settings_.wanted.reload})) {}

Result<std::unique_ptr<CodegenEngine>> CodegenEngine::create(EventLoop& loop, const Log& log,
                                                             GenerateContext& context, Settings settings) {
    std::unique_ptr<CodegenEngine> engine(new CodegenEngine(loop, log, context, std::move(settings)));
    if (auto started = engine->start(); !started) {
        return std::unexpected(started.error());
    }
    return engine;
}

template <class T> void CodegenEngine::refuse(Answer<T> answer, Refusal refusal) {
    context_.afterwards.call(self_, [answer = std::move(answer), refusal = std::move(refusal)]() mutable {
        answer(std::unexpected(std::move(refusal)));
    });
}

Result<> CodegenEngine::start() {
    if (settings_.wanted.repositories.empty()) {
        unready_ = "no repository is set: see the setting codegen";
        return {};
    }
    auto consider = loop_.addDeferred([this] { this->consider(); });
    auto later = loop_.addTimer([this] { this->consider(); });
    if (!consider || !later) {
        return std::unexpected(consider ? later.error() : consider.error());
    }
    consider_ = std::move(*consider);
    later_ = std::move(*later);
    auto watch = SpecWatch::create(loop_, log_, [this](bool folders) { scan(folders); });
    if (!watch) {
        return std::unexpected(watch.error());
    }
    watch_ = std::move(*watch);
    auto lock = settings_.folder.empty()
                    ? Result<StoreLock>(failure(0, "there is no place to keep anything; set "
                                                   "XDG_STATE_HOME or HOME"))
                    : StoreLock::create(settings_.folder);
    if (!lock) {
        unready_ = lock.error().message();
        log_.error("no code will be generated: {}", unready_);
        return {};
    }
    lock_ = std::move(*lock);
    if (lock_->take()) {
        open();
        return {};
    }
    unready_ = "another compositord works on the tasks; this one will when that has ended";
    log_.warn("{}", unready_);
    auto freed = loop_.addInotify(lock_->path(), IN_CLOSE_WRITE, [this](const inotify_event&) {
        if (!ready_ && lock_->take()) {
            open();
        }
    });
    if (!freed) {
        return std::unexpected(freed.error());
    }
    lockFreed_ = std::move(*freed);
    return {};
}

void CodegenEngine::open() {
    struct All {
        CodegenStore::Opened opened;
        SpecRoots roots;
        SpecScan scan;
        std::string sandbox;
    };

    unready_ = "the tasks are being read";
    onWorker(
        [store = store_, repositories = settings_.wanted.repositories, sandbox = context_.sandbox] {
            All all;
            all.opened = store->open(now());
            all.roots = findRoots(repositories);
            all.scan = scanRoots(all.roots);
            if (const auto found = Sandbox::find(sandbox); !found) {
                all.sandbox = found.error().message();
            }
            return all;
        },
        [this](All all) {
            onOpened(std::move(all.opened), std::move(all.roots), std::move(all.scan), all.sandbox);
        });
}

void CodegenEngine::onOpened(CodegenStore::Opened opened, SpecRoots roots, SpecScan scan,
                             const std::string& sandbox) {
    ready_ = true;
    unready_.clear();
    for (const std::string& said : opened.done) {
        log_.info("{}", said);
    }
    for (const std::string& problem : opened.problems) {
        log_.warn("{}", problem);
    }
    for (const std::string& problem : scan.problems) {
        log_.warn("{}", problem);
    }
    if (!sandbox.empty()) {
        noSandbox_ = sandbox;
        log_.warn("no code will be generated: {}", sandbox);
    }
    problems_ = std::move(opened.problems);
    for (KeptProposal& proposal : opened.kept) {
        const std::string id = proposal.id;
        kept_[id] = std::move(proposal);
    }
    memory_ = std::move(opened.memory);
    metrics_ = std::move(opened.metrics);
    pacer_.emplace(settings_.wanted.pace, memory_.started);
    roots_ = std::make_shared<const SpecRoots>(std::move(roots));
    setScan(std::move(scan));
    log_.info("{} tasks of {} changes", tasks_.size(), changes_.size());
}

void CodegenEngine::scan(bool folders) {
    struct Scanned {
        std::shared_ptr<const SpecRoots> roots;
        SpecScan scan;
    };

    if (!ready_) {
        return;
    }
    onWorker(
        [folders, roots = roots_, repositories = settings_.wanted.repositories] {
            Scanned scanned{folders ? std::make_shared<const SpecRoots>(findRoots(repositories)) : roots, {}};
            scanned.scan = scanRoots(*scanned.roots);
            return scanned;
        },
        [this](Scanned scanned) {
            roots_ = std::move(scanned.roots);
            setScan(std::move(scanned.scan));
        });
}

void CodegenEngine::setScan(SpecScan scan) {
    scan_ = std::move(scan);
    watch_->watch(scan_.watched);
    rebuild();
}

BoardFacts CodegenEngine::facts(const std::map<std::string, LiveTask>& live) const {
    return {.scan = scan_,
            .filter = settings_.wanted.filter,
            .kept = kept_,
            .live = live,
            .sessions = lastSessions_,
            .deciding = deciding_,
            .memory = memory_,
            .obstacle = noSandbox_};
}

void CodegenEngine::rebuild() {
    std::vector<CodegenTask> tasks = makeTasks(facts(live_));
    std::map<std::string, std::size_t, std::less<>> byId;
    std::vector<CodegenTaskId> news;
    std::vector<CodegenTaskId> gone;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        CodegenTask& task = tasks[i];
        byId[task.id] = i;
        const CodegenTask* before = find(task.id);
        task.changed = before != nullptr && before->state == task.state ? before->changed : now();
        if (before == nullptr || *before != task) {
            news.push_back(task.id);
        }
    }
    for (const auto& id : byId_ | std::views::keys) {
        if (!byId.contains(id)) {
            gone.push_back(id);
        }
    }
    tasks_ = std::move(tasks);
    byId_ = std::move(byId);
    auto changes = makeChanges(scan_);
    const bool otherChanges = changes != changes_;
    changes_ = std::move(changes);
    consider_.trigger();
    for (const CodegenTaskId& id : news) {
        subscribers_.tell([&](Listener& listener) {
            // As it is now: a listener may have made more happen.
            if (const CodegenTask* task = find(id); task != nullptr && listener.onTask) {
                listener.onTask(CodegenTask(*task));
            }
        });
    }
    for (const CodegenTaskId& id : gone) {
        subscribers_.tell([&](Listener& listener) {
            if (listener.onGone) {
                listener.onGone(id);
            }
        });
    }
    if (CodegenStatus status = this->status(); otherChanges || status != toldStatus_) {
        toldStatus_ = std::move(status);
        subscribers_.tell([](Listener& listener) {
            if (listener.onStatus) {
                listener.onStatus();
            }
        });
    }
}

CodegenStatus CodegenEngine::status() const {
    CodegenStatus status{.enabled = !settings_.wanted.repositories.empty(),
                         .policy = settings_.wanted.policy,
                         .mostPerHour = settings_.wanted.pace.mostPerHour};
    for (const fs::path& repository : settings_.wanted.repositories) {
        status.repositories.push_back(repository);
    }
    if (pacer_) {
        TaskPacer pacer = *pacer_;
        status.coolsDownUntil = pacer.coolsDownUntil(now());
        status.failuresInRow = pacer.failuresInRow();
        status.startedInLastHour = pacer.startedInLastHour(now());
    }
    status.problems = problems_;
    status.problems.insert(status.problems.end(), scan_.problems.begin(), scan_.problems.end());
    for (const std::string& problem : {noSandbox_, unready_}) {
        if (!problem.empty() && status.enabled) {
            status.problems.push_back(problem);
        }
    }
    return status;
}

std::vector<CodegenChange> CodegenEngine::changes() const {
    return changes_;
}

std::vector<const CodegenTask*> CodegenEngine::list() const {
    std::vector<const CodegenTask*> result;
    result.reserve(tasks_.size());
    for (const CodegenTask& task : tasks_) {
        result.push_back(&task);
    }
    return result;
}

const CodegenTask* CodegenEngine::find(const CodegenTaskId& id) const {
    const auto found = byId_.find(id);
    return found != byId_.end() ? &tasks_[found->second] : nullptr;
}

CodegenReport CodegenEngine::report() const {
    return metrics_.report();
}

CodegenService::Subscription CodegenEngine::subscribe(Listener listener) {
    return subscribers_.add(std::move(listener));
}

const KeptProposal* CodegenEngine::keptOf(const CodegenTaskId& id, bool applied) const {
    const KeptProposal* result = nullptr;
    for (const KeptProposal& proposal : kept_ | std::views::values) {
        if (proposal.task == id && proposal.applied == applied) {
            result = &proposal;
        }
    }
    return result;
}

void CodegenEngine::details(const CodegenTaskId& id, Answer<CodegenDetails> answer) {
    const CodegenTask* task = find(id);
    if (task == nullptr) {
        refuse(std::move(answer), {RefusalCode::notFound, "task", "there is no such task"});
        return;
    }
    const KeptProposal* kept = keptOf(id, task->state == CodegenState::applied);
    onWorker(
        [store = store_, proposal = task->hasDiff && kept != nullptr ? kept->id : std::string()] {
            return proposal.empty() ? Result<CodegenDetails>() : store->details(proposal);
        },
        [this, id, before = *task, answer = std::move(answer)](Result<CodegenDetails> details) mutable {
            if (!details) {
                answer(std::unexpected(refusalOf(details.error())));
                return;
            }
            const CodegenTask* now = find(id);
            details->task = now != nullptr ? *now : before;
            answer(*std::move(details));
        });
}

void CodegenEngine::apply(const CodegenTaskId& id, Answer<CodegenTask> answer) {
    decide(Decision::apply, id, std::move(answer));
}

void CodegenEngine::discard(const CodegenTaskId& id, Answer<CodegenTask> answer) {
    decide(Decision::discard, id, std::move(answer));
}

void CodegenEngine::revert(const CodegenTaskId& id, Answer<CodegenTask> answer) {
    decide(Decision::revert, id, std::move(answer));
}

void CodegenEngine::decide(Decision decision, const CodegenTaskId& id, Answer<CodegenTask> answer) {
    const KeptProposal* kept = keptOf(id, decision == Decision::revert);
    if (find(id) == nullptr || kept == nullptr) {
        refuse(std::move(answer),
               find(id) == nullptr
                   ? Refusal{RefusalCode::notFound, "task",
                             unready_.empty() ? "there is no such task" : unready_}
                   : Refusal{RefusalCode::unsupported, "task",
                             decision == Decision::revert ? "nothing of it is applied that could be reverted"
                                                          : "it has no changes that wait for review"});
        return;
    }
    if (!deciding_.insert(id).second) {
        refuse(std::move(answer), {RefusalCode::busy, "task", "it is being applied, discarded or reverted"});
        return;
    }
    const KeptProposal proposal = *kept;
    rebuild();
    onWorker(
        [store = store_, roots = roots_, decision, proposal] {
            Decided decided{proposal, {}};
            if (!proposal.stuck.empty()) {
                decided.proposal = failure(EBUSY, proposal.stuck);
            } else if (decision == Decision::apply) {
                decided.proposal = store->apply(proposal.id);
            } else if (auto gone = decision == Decision::discard ? store->discard(proposal.id)
                                                                 : store->revert(proposal.id);
                       !gone) {
                decided.proposal = std::unexpected(gone.error());
            }
            decided.scan = scanRoots(*roots);
            return decided;
        },
        [this, decision, proposal, answer = std::move(answer)](Decided decided) mutable {
            onDecided(decision, proposal, std::move(decided), std::move(answer));
        });
}

void CodegenEngine::onDecided(Decision decision, const KeptProposal& proposal, Decided decided,
                              Answer<CodegenTask> answer) {
    deciding_.erase(proposal.task);
    if (!decided.proposal) {
        log_.warn("{}: {}", proposal.task, decided.proposal.error().message());
        setScan(std::move(decided.scan));
        answer(std::unexpected(refusalOf(decided.proposal.error())));
        return;
    }
    if (decision == Decision::apply) {
        kept_[proposal.id] = *decided.proposal;
        memory_.forget(proposal.task);
    } else {
        kept_.erase(proposal.id);
        memory_.note(proposal.task,
                     {.text = proposal.place.task.text, .verdict = TaskMemory::Verdict::unwanted});
    }
    metrics_.onDecision(proposal.model, decision == Decision::apply     ? CodegenMetrics::Decision::applied
                                        : decision == Decision::discard ? CodegenMetrics::Decision::discarded
                                                                        : CodegenMetrics::Decision::reverted);
    saveMemory();
    saveMetrics();
    log_.info("{} is {}", proposal.task,
              decision == Decision::apply     ? "applied"
              : decision == Decision::discard ? "discarded"
                                              : "reverted");
    setScan(std::move(decided.scan));
    if (decision != Decision::discard) {
        reload(*decided.proposal);
    }
    const CodegenTask* task = find(proposal.task);
    answer(task != nullptr ? *task : CodegenTask{.id = proposal.task});
}

void CodegenEngine::reload(const KeptProposal& proposal) {
    CodegenReload event{.task = proposal.task, .branch = proposal.branch, .repository = proposal.repository};
    for (const std::string& path : proposal.files) {
        if (endsLikeOne(path, kPageEndings)) {
            event.paths.push_back(path);
        }
    }
    const bool scripts = std::ranges::any_of(
        proposal.files, [](const std::string& path) { return endsLikeOne(path, kScriptEndings); });
    if (scripts) {
        subscribers_.tell([&](Listener& listener) {
            if (listener.onReload) {
                listener.onReload(event);
            }
        });
    }
    const bool rust = std::ranges::any_of(proposal.files, [](const std::string& path) {
        return path.ends_with(".rs") || fs::path(path).filename() == "Cargo.toml";
    });
    if (rust) {
        reload_->run({proposal.repository, proposal.task, proposal.branch, proposal.commit});
    }
}

void CodegenEngine::saveMemory() {
    memory_.started = pacer_ ? pacer_->started() : memory_.started;
    onWorker([store = store_, memory = memory_] { return store->save(memory); },
             [this](const Result<>& saved) {
                 if (!saved) {
                     log_.error("what became of tasks is not kept: {}", saved.error().message());
                 }
             });
}

void CodegenEngine::saveMetrics() {
    onWorker([store = store_, metrics = metrics_] { return store->save(metrics); },
             [this](const Result<>& saved) {
                 if (!saved) {
                     log_.error("how models did is not kept: {}", saved.error().message());
                 }
             });
}

} // namespace compositord
