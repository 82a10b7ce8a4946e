// The part of the engine that has models work on tasks: sessions come and go, and their results are kept.

#include "codegen/codegen_engine.hpp"
#include "codegen/task_naming.hpp"
#include "codegen/task_prompt.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

namespace compositord {

namespace {

constexpr const char* kType = "codegen";          // of sessions
constexpr const char* kParameter = "id";          // of the task
constexpr const char* kOwnerByItself = "codegen"; // of sessions that nobody asked for

// What a task cannot be blamed for: it may be tried again.
constexpr auto kNotItsFault =
    std::to_array<std::string_view>({"server", "no model", "model broke off", "sandbox", "preparation"});

std::string briefOf(const ScannedChange& change, const Task& task) {
    std::string text = fmt::format("Change {}{}{}:\n\n{}{}{}\n", change.change.name,
                                   task.section.empty() ? "" : ", section ", task.section, task.number,
                                   task.number.empty() ? "" : " ", task.title);
    for (const std::string& detail : task.details) {
        text += detail + '\n';
    }
    return text;
}

/// The folders of specifications in one repository: nobody but its user changes what is to be done.
std::vector<std::string> specFolders(const SpecRoots& roots, const std::filesystem::path& repository) {
    std::vector<std::string> result;
    for (const SpecRoot& root : roots.roots) {
        if (root.repository == repository) {
            result.push_back(root.folder.lexically_relative(repository));
        }
    }
    return result;
}

const std::string* taskOf(const SessionTask& task) {
    const auto found = task.parameters.find(kParameter);
    return found != task.parameters.end() ? &found->second : nullptr;
}

} // namespace

void CodegenEngine::attach(SessionService& sessions) {
    sessions_ = &sessions;
    following_ = sessions.subscribe(
        {.onEvent = [this](const Session& session, const SessionEvent& event) { onSession(session, event); },
         .onForgotten = {}});
    if (consider_) {
        consider_.trigger();
    }
}

/// As it would be if no session were about it.
CodegenTask CodegenEngine::standing(const CodegenTaskId& id) const {
    auto live = live_;
    live.erase(id);
    std::vector<CodegenTask> tasks = makeTasks(facts(live));
    const auto found = std::ranges::find(tasks, id, &CodegenTask::id);
    return found != tasks.end() ? *std::move(found) : CodegenTask{.obstacle = "there is no such task"};
}

std::expected<SessionId, Refusal> CodegenEngine::run(const CodegenTaskId& id, const std::string& owner) {
    if (!ready_ || sessions_ == nullptr) {
        return std::unexpected(
            Refusal{settings_.wanted.repositories.empty() ? RefusalCode::unsupported : RefusalCode::busy,
                    "task", unready_});
    }
    const CodegenTask* task = find(id);
    if (task == nullptr) {
        return std::unexpected(Refusal{RefusalCode::notFound, "task", "there is no such task"});
    }
    if (!task->obstacle.empty()) {
        return std::unexpected(Refusal{RefusalCode::busy, "task", task->obstacle});
    }
    return sessions_->spawn({.type = kType,
                             .owner = owner,
                             .priority = task->priority,
                             .task = {.description = fmt::format("{}{}{}", task->number,
                                                                 task->number.empty() ? "" : " ", task->text),
                                      .kind = "code",
                                      .parameters = {{kParameter, id}}}});
}

void CodegenEngine::onSession(const Session& session, const SessionEvent& event) {
    if (const auto* queued = std::get_if<TaskQueued>(&event.happening)) {
        const std::string* task = session.type == kType ? taskOf(queued->task) : nullptr;
        if (task != nullptr && find(*task) != nullptr && !live_.contains(*task)) {
            live_[*task] = {.session = session.id, .byItself = spawningByItself_};
            lastSessions_[*task] = session.id;
            rebuild();
        }
        return;
    }
    const auto* ended = std::get_if<TaskEnded>(&event.happening);
    if (ended == nullptr) {
        return;
    }
    begun_.erase(session.id);
    const auto live =
        std::ranges::find_if(live_, [&](const auto& entry) { return entry.second.session == session.id; });
    if (live == live_.end()) {
        return;
    }
    const bool cancelled = ended->outcome == SessionState::cancelled;
    if (live->second.byItself && pacer_ && !cancelled) {
        pacer_->onEnded(ended->outcome == SessionState::completed, now());
    }
    if (const auto origin = originOf(scan_, live->first); live->second.byItself && cancelled && origin) {
        // Or else it would be begun again at once.
        memory_.note(live->first, {.text = origin->task->text, .verdict = TaskMemory::Verdict::unwanted});
        saveMemory();
    }
    live_.erase(live);
    rebuild();
}

std::expected<GenerationTask, Refusal> CodegenEngine::begin(const CodegenTaskId& id,
                                                            const SessionId& session) {
    const auto no = [](RefusalCode code, std::string why) {
        return std::unexpected(Refusal{code, "task", std::move(why)});
    };
    if (!ready_) {
        return no(RefusalCode::busy, unready_);
    }
    const auto live = live_.find(id);
    if (live != live_.end() && live->second.session != session) {
        return no(RefusalCode::busy, "it is being worked on in the session " + live->second.session);
    }
    const CodegenTask stands = standing(id);
    const auto origin = originOf(scan_, id);
    if (!stands.obstacle.empty() || !origin) {
        return no(origin ? RefusalCode::busy : RefusalCode::notFound, stands.obstacle);
    }
    const ScannedChange& change = *origin->change;
    const Task& task = *origin->task;
    LiveTask& now = live_[id];
    now.session = session;
    now.running = true;
    lastSessions_[id] = session;
    begun_[session] = {{change.change.name, change.change.tasksFile, task}, now.byItself};
    const TaskMemory::Note* note = memory_.find(id, task.text);
    const TaskBrief brief{.task = briefOf(change, task),
                          .files = pathsIn(task),
                          .documents = change.change.documents,
                          .errors = note != nullptr ? note->error : ""};
    GenerationTask wanted{.name = session,
                          .repository = change.root.repository,
                          .roots = settings_.wanted.roots,
                          .denied = specFolders(*roots_, change.root.repository),
                          .models = settings_.models,
                          .plan = {.tests = wantsTests(task), .custom = settings_.wanted.checks},
                          .base = [store = store_, repository = change.root.repository,
                                   name = change.change.name] { return store->baseFor(repository, name); },
                          .prompt =
                              [brief, templates = context_.prompts](const Workspace& workspace) {
                                  return promptFor(workspace, brief, templates);
                              }};
    rebuild();
    return wanted;
}

void CodegenEngine::finish(const CodegenTaskId& id, const SessionId& session, Result<Generated> result,
                           const GenerationStats& stats, std::move_only_function<void(Result<>)> then) {
    metrics_.onRun(stats, result ? CodegenMetrics::Outcome::proven : CodegenMetrics::Outcome::failed);
    saveMetrics();
    const auto found = begun_.find(session);
    if (found == begun_.end()) {
        then(failure(0, "the session has begun no task"));
        return;
    }
    const Begun begun = std::move(found->second);
    begun_.erase(found);
    if (!result) {
        const bool blameless =
            std::ranges::find(kNotItsFault, std::string_view(stats.failure)) != kNotItsFault.end();
        memory_.note(id, {.text = begun.place.task.text,
                          .verdict = blameless ? TaskMemory::Verdict::unproven : TaskMemory::Verdict::failed,
                          .error = result.error().message()});
        saveMemory();
        then({});
        return;
    }
    Proposal proposal{.id = newProposalId(id),
                      .task = id,
                      .model = stats.model,
                      .place = begun.place,
                      .validated = std::move(result->validated),
                      .diff = std::move(result->diff)};
    onWorker([store = store_, proposal = std::move(proposal)] { return store->keep(proposal); },
             [this, byItself = begun.byItself, then = std::move(then)](Result<KeptProposal> kept) mutable {
                 if (!kept) {
                     then(std::unexpected(kept.error()));
                     return;
                 }
                 if (byItself && pacer_) {
                     pacer_->onEnded(true, now());
                 }
                 memory_.forget(kept->task);
                 saveMemory();
                 log_.info("{} is proven, and waits for review", kept->task);
                 const std::string name = kept->id;
                 kept_[name] = *std::move(kept);
                 rebuild();
                 then({});
             });
}

void CodegenEngine::abandon(const GenerationStats& stats) {
    metrics_.onRun(stats, CodegenMetrics::Outcome::cancelled);
    saveMetrics();
}

void CodegenEngine::consider() {
    if (!ready_ || sessions_ == nullptr || !pacer_ || settings_.wanted.policy == CodegenPolicy::manual) {
        return;
    }
    // One at a time: a model on one's own machine has no room for more, and the next one profits from this.
    const bool busy = std::ranges::any_of(tasks_, [&](const CodegenTask& task) {
        const auto live = live_.find(task.id);
        return live != live_.end() && live->second.byItself && task.state != CodegenState::review;
    });
    const CodegenTask* next = busy ? nullptr : nextTask(tasks_, memory_, scan_);
    if (next == nullptr) {
        return;
    }
    if (const auto wait = pacer_->wait(now())) {
        later_.arm(*wait + std::chrono::milliseconds(1));
        return;
    }
    pacer_->onStarted(now());
    saveMemory();
    const CodegenTaskId id = next->id;
    spawningByItself_ = true;
    const auto session = run(id, kOwnerByItself);
    spawningByItself_ = false;
    if (!session) {
        log_.warn("{} cannot be run: {}", id, session.error().message);
        if (pacer_) {
            pacer_->onEnded(false, now());
        }
    }
}

} // namespace compositord
