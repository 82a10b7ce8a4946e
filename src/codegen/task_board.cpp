#include "codegen/task_board.hpp"

#include "codegen/task_naming.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <span>
#include <string_view>
#include <utility>

namespace compositord {

namespace {

std::string idOf(const ScannedChange& change, std::size_t index) {
    return fmt::format("{}/{}/{}", change.root.name, change.change.name, change.names[index]);
}

/// The proposals of one task: the one that waits, and the one that is applied.
struct OfTask {
    const KeptProposal* waiting = nullptr;
    const KeptProposal* applied = nullptr;
};

std::map<std::string, OfTask> byTask(const std::map<std::string, KeptProposal>& kept) {
    std::map<std::string, OfTask> result;
    for (const KeptProposal& proposal : kept | std::views::values) {
        OfTask& of = result[proposal.task];
        (proposal.applied ? of.applied : of.waiting) = &proposal;
    }
    return result;
}

bool isUnderWay(CodegenState state) {
    return state == CodegenState::queued || state == CodegenState::running || state == CodegenState::review;
}

class Maker {
public:
    explicit Maker(const BoardFacts& facts) : facts_(facts), kept_(byTask(facts.kept)) {}

    std::vector<CodegenTask> make() {
        for (const ScannedChange& change : facts_.scan.changes) {
            addChange(change);
        }
        for (const auto& [id, of] : kept_) {
            if (of.waiting != nullptr && !seen_.contains(id)) {
                addOrphan(id, *of.waiting);
            }
        }
        return std::move(tasks_);
    }

private:
    void addChange(const ScannedChange& change) {
        const std::size_t first = tasks_.size();
        const auto open = change.change.tasks.open();
        for (std::size_t i = 0; i < change.change.tasks.tasks.size(); ++i) {
            const Task& task = change.change.tasks.tasks[i];
            CodegenTask made = describe(change, i);
            stand(made, task);
            seen_.insert(made.id);
            made.obstacle = obstacleTo(made, task, std::ranges::find(open, &task) != open.end());
            tasks_.push_back(std::move(made));
        }
        const auto added = std::span(tasks_).subspan(first);
        const auto busy =
            std::ranges::find_if(added, [](const auto& task) { return isUnderWay(task.state); });
        for (CodegenTask& task : added) {
            if (busy != added.end() && task.obstacle.empty()) {
                task.obstacle = fmt::format("{} of the same change {}", busy->id,
                                            busy->state == CodegenState::review
                                                ? "waits for review: apply or discard it first"
                                                : "is being worked on");
            }
        }
    }

    static CodegenTask describe(const ScannedChange& change, std::size_t index) {
        const Task& task = change.change.tasks.tasks[index];
        CodegenTask made{.id = idOf(change, index),
                         .root = change.root.name,
                         .change = change.change.name,
                         .section = task.section,
                         .number = task.number,
                         .text = task.title,
                         .details = task.details,
                         .labels = change.facts.labels,
                         .file = change.change.tasksFile,
                         .line = task.line + 1,
                         .priority = change.facts.priority};
        for (std::string& label : labelsIn(task)) {
            if (std::ranges::find(made.labels, label) == made.labels.end()) {
                made.labels.push_back(std::move(label));
            }
        }
        return made;
    }

    void stand(CodegenTask& made, const Task& task) const {
        if (const auto session = facts_.sessions.find(made.id); session != facts_.sessions.end()) {
            made.session = session->second;
        }
        const auto kept = kept_.find(made.id);
        const OfTask of = kept != kept_.end() ? kept->second : OfTask{};
        const auto live = facts_.live.find(made.id);
        if (task.done) {
            made.state = of.applied != nullptr ? CodegenState::applied : CodegenState::done;
            show(made, of.applied);
        } else if (of.waiting != nullptr) {
            made.state = CodegenState::review;
            show(made, of.waiting);
        } else if (live != facts_.live.end()) {
            made.state = live->second.running ? CodegenState::running : CodegenState::queued;
        } else if (const auto* note = facts_.memory.find(made.id, task.text)) {
            made.state =
                note->verdict == TaskMemory::Verdict::unwanted ? CodegenState::open : CodegenState::failed;
            made.error = note->error;
        }
    }

    static void show(CodegenTask& made, const KeptProposal* proposal) {
        if (proposal != nullptr) {
            made.hasDiff = true;
            made.model = proposal->model;
            made.branch = proposal->branch;
            made.commit = proposal->commit;
            made.error = proposal->stuck;
        }
    }

    std::string obstacleTo(const CodegenTask& made, const Task& task, bool isOpen) const {
        if (facts_.deciding.contains(made.id)) {
            return "it is being applied, discarded or reverted";
        }
        if (task.done) {
            return "it is done";
        }
        if (made.state == CodegenState::review) {
            return "its changes wait for review: apply or discard them";
        }
        if (isUnderWay(made.state)) {
            return "it is being worked on";
        }
        if (!facts_.obstacle.empty()) {
            return facts_.obstacle;
        }
        if (!isOpen) {
            return "it has open tasks below it: they come first";
        }
        return facts_.filter.obstacle(made.change, made.labels, pathsIn(task));
    }

    /// Its task was removed, or worded so that it is another one.
    void addOrphan(const std::string& id, const KeptProposal& proposal) {
        CodegenTask made{.id = id,
                         .root = id.substr(0, id.find('/')),
                         .change = proposal.place.change,
                         .number = proposal.place.task.number,
                         .text = proposal.place.task.title,
                         .file = proposal.place.tasks,
                         .line = proposal.place.task.line + 1,
                         .state = CodegenState::review,
                         .obstacle = "it is in its file no more: discard what was made for it"};
        show(made, &proposal);
        tasks_.push_back(std::move(made));
    }

    const BoardFacts& facts_;
    std::map<std::string, OfTask> kept_;
    std::set<std::string> seen_;
    std::vector<CodegenTask> tasks_;
};

} // namespace

std::vector<CodegenTask> makeTasks(const BoardFacts& facts) {
    return Maker(facts).make();
}

std::vector<CodegenChange> makeChanges(const SpecScan& scan) {
    std::vector<CodegenChange> changes;
    for (const ScannedChange& scanned : scan.changes) {
        const std::vector<Task>& tasks = scanned.change.tasks.tasks;
        changes.push_back(
            {.root = scanned.root.name,
             .name = scanned.change.name,
             .folder = scanned.change.folder,
             .tasks = tasks.size(),
             .done = static_cast<std::size_t>(std::ranges::count_if(tasks, &Task::done)),
             .problem = scanned.change.problem.empty() ? scanned.facts.problem : scanned.change.problem});
    }
    return changes;
}

std::optional<TaskOrigin> originOf(const SpecScan& scan, const std::string& task) {
    for (const ScannedChange& change : scan.changes) {
        if (!task.starts_with(change.root.name + "/" + change.change.name + "/")) {
            continue;
        }
        for (std::size_t i = 0; i < change.names.size(); ++i) {
            if (idOf(change, i) == task) {
                return TaskOrigin{&change, &change.change.tasks.tasks[i]};
            }
        }
    }
    return std::nullopt;
}

const CodegenTask* nextTask(const std::vector<CodegenTask>& tasks, const TaskMemory& memory,
                            const SpecScan& scan) {
    const CodegenTask* best = nullptr;
    for (const CodegenTask& task : tasks) {
        if (!task.obstacle.empty() || (best != nullptr && task.priority <= best->priority)) {
            continue;
        }
        const auto origin = originOf(scan, task.id);
        const auto* note = origin ? memory.find(task.id, origin->task->text) : nullptr;
        if (note == nullptr || note->verdict == TaskMemory::Verdict::unproven) {
            best = &task;
        }
    }
    return best;
}

} // namespace compositord
