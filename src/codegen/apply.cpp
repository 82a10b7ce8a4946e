// The order of things: the record, durable; the code (a branch moved by one call of git, or files replaced
// one by one with the record as the way back); the record says so; the evidence; the tick; the record says
// that all is done. Whatever cuts this off, recover() knows from the record and from what it finds which way
// to go.

#include "codegen/apply.hpp"

#include "base/file_name.hpp"
#include "base/json_writer.hpp"
#include "codegen/atomic_file.hpp"
#include "codegen/git.hpp"
#include "codegen/task_file.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace compositord {

namespace {

namespace fs = std::filesystem;

constexpr const char* kEvidenceFolder = "evidence";

/// A change's name as a part of a branch's.
std::string branchPart(const std::string& change) {
    std::string result;
    for (const char c : change) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_';
        result += plain ? c : '-';
    }
    return result;
}

Git::Options asOurselves() {
    return {.environment = {"GIT_AUTHOR_NAME=compositord", "GIT_AUTHOR_EMAIL=compositord@localhost",
                            "GIT_COMMITTER_NAME=compositord", "GIT_COMMITTER_EMAIL=compositord@localhost"}};
}

std::string proofOf(const ApplyRecord& record, const Validated& validated, const TaskPlace& place,
                    const std::string& model) {
    std::string text;
    JsonWriter json(text);
    json.beginObject();
    json.member("id", record.id).member("change", place.change).member("task", place.task.title);
    json.member("number", place.task.number).member("model", model);
    json.member("time",
                fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::floor<std::chrono::seconds>(
                                                         std::chrono::system_clock::now()))));
    json.member("base", record.changes.base).member("branch", record.branch).member("commit", record.commit);
    json.key("files").beginArray();
    for (const FileChange& file : validated.changes().files) {
        json.value(file.path);
    }
    json.endArray().key("checks").beginArray();
    for (const CheckOutcome& outcome : validated.outcomes()) {
        json.beginObject().member("name", outcome.check.name).key("command").beginArray();
        for (const std::string& word : outcome.check.command) {
            json.value(word);
        }
        json.endArray().member("folder", std::string_view(outcome.check.folder.native()));
        json.member("status", outcome.status).member("milliseconds", outcome.took.count()).endObject();
    }
    json.endArray().endObject();
    return text + '\n';
}

Result<ConfinedFolder> openTree(const ApplyRecord& record) {
    return ConfinedFolder::open(record.changes.repository, {"."},
                                {.fileBytes = std::size_t{1} << 30U}); // what it was let to write before
}

Result<std::optional<std::string>> contentOf(const ConfinedFolder& tree, const std::string& path) {
    auto content = tree.read(path);
    if (content) {
        return std::optional(std::move(*content));
    }
    if (content.error().code == ENOENT || content.error().code == ENOTDIR) {
        return std::nullopt;
    }
    return std::unexpected(content.error());
}

Result<> put(const ConfinedFolder& tree, const FileChange& file, const std::optional<std::string>& content) {
    return content ? tree.replace(file.path, *content, file.executable) : tree.remove(file.path);
}

Result<> putAll(const ApplyRecord& record) {
    const auto tree = openTree(record);
    if (!tree) {
        return std::unexpected(tree.error());
    }
    for (const FileChange& file : record.changes.files) {
        if (auto done = put(*tree, file, file.after); !done) {
            return done;
        }
    }
    return {};
}

/// Puts back each file that is as it was to become. One that somebody changed since stays, and is told.
Result<> putBack(const ApplyRecord& record) {
    const auto tree = openTree(record);
    if (!tree) {
        return std::unexpected(tree.error());
    }
    Result<> result;
    for (const FileChange& file : record.changes.files) {
        const fs::path path(file.path);
        unlink((record.changes.repository / path.parent_path() / leftoverName(path.filename().native()))
                   .c_str());
        const auto now = contentOf(*tree, file.path);
        if (!now) {
            result = std::unexpected(now.error());
        } else if (*now == file.after) {
            if (const auto done = put(*tree, file, file.before); !done) {
                result = done;
            }
        } else if (*now != file.before) {
            result = failure(ESTALE, "the file was changed since, and stays as it is", file.path);
        }
    }
    return result;
}

Result<> moveBranch(const ApplyRecord& record, const std::string& to, const std::string& from) {
    const std::string name = "refs/heads/" + record.branch;
    const std::string none(record.commit.size(), '0'); // "from" nothing: it must not be there
    auto moved = to.empty() ? Git(record.changes.repository).run({"update-ref", "-d", name, from})
                            : Git(record.changes.repository)
                                  .run({"update-ref", "-m", "compositord: " + record.id, name, to,
                                        from.empty() ? none : from});
    return moved ? Result<>() : std::unexpected(moved.error());
}

/// The commit that a branch is at; empty if there is no such branch.
Result<std::string> tipOf(const fs::path& repository, const std::string& branch) {
    auto tip =
        Git(repository).run({"rev-parse", "--verify", "--quiet", "refs/heads/" + branch}, {.mayFail = true});
    if (tip && tip->ends_with('\n')) {
        tip->pop_back();
    }
    return tip;
}

} // namespace

Result<Validated> Validated::of(WorkspaceChanges checked, const WorkspaceChanges& now,
                                const std::vector<Check>& planned, std::vector<CheckOutcome> outcomes) {
    if (checked != now) {
        return failure(ESTALE, "the files were changed while they were checked");
    }
    if (checked.files.empty() || planned.empty()) {
        return failure(EINVAL, "there is nothing that was changed and checked");
    }
    if (outcomes.size() != planned.size()) {
        return failure(EINVAL, "not all checks were run");
    }
    for (std::size_t i = 0; i < planned.size(); ++i) {
        if (!outcomes[i].passed() || outcomes[i].check.command != planned[i].command) {
            return failure(EINVAL, "a check did not pass", outcomes[i].check.name);
        }
    }
    Validated result;
    result.changes_ = std::move(checked);
    result.outcomes_ = std::move(outcomes);
    return result;
}

Result<std::string> Applier::branchFor(const fs::path& repository, const std::string& change) const {
    std::string branch = policy_.branchPrefix + branchPart(change);
    if (const auto valid = Git(repository).line({"check-ref-format", "--branch", branch}); !valid) {
        return failure(EINVAL, "it cannot be the name of a branch", branch);
    }
    return branch;
}

Result<std::string> Applier::baseFor(const fs::path& repository, const std::string& change) const {
    if (!policy_.onBranch) {
        return "HEAD";
    }
    const auto branch = branchFor(repository, change);
    if (!branch) {
        return branch;
    }
    const auto tip = tipOf(repository, *branch);
    return tip && tip->empty() ? "HEAD" : tip;
}

Result<> Applier::checkBranch(const ApplyRecord& record) const {
    for (const std::string& glob : policy_.protectedBranches) {
        if (fnmatch(glob.c_str(), record.branch.c_str(), 0) == 0) {
            return failure(EPERM, "the branch is protected by the settings", record.branch);
        }
    }
    if (!record.before.empty() && record.before != record.changes.base) {
        return failure(ESTALE, "the branch has moved on since the task was begun: run it again",
                       record.branch);
    }
    const auto trees = Git(record.changes.repository).run({"worktree", "list", "--porcelain"});
    if (!trees) {
        return std::unexpected(trees.error());
    }
    if (('\n' + *trees).contains("\nbranch refs/heads/" + record.branch + '\n')) {
        return failure(EBUSY, "the branch is checked out: check out another one first", record.branch);
    }
    return {};
}

Result<> Applier::checkTree(const ApplyRecord& record) const {
    const Git git(record.changes.repository);
    const auto current = git.run({"symbolic-ref", "--quiet", "--short", "HEAD"}, {.mayFail = true});
    if (!current) {
        return std::unexpected(current.error());
    }
    const std::string branch = current->substr(0, current->find('\n'));
    for (const std::string& glob : policy_.protectedBranches) {
        if (fnmatch(glob.c_str(), branch.c_str(), 0) == 0) {
            return failure(EPERM, "the branch that is checked out is protected by the settings", branch);
        }
    }
    std::vector<std::string> words{"status", "--porcelain", "--untracked-files=all", "--"};
    for (const FileChange& file : record.changes.files) {
        words.push_back(file.path);
    }
    const auto status = git.run(words);
    if (!status) {
        return std::unexpected(status.error());
    }
    if (!status->empty()) {
        return failure(EBUSY, "there are changes that are not committed: commit them first",
                       status->substr(0, status->find('\n')));
    }
    const auto tree = openTree(record);
    if (!tree) {
        return std::unexpected(tree.error());
    }
    for (const FileChange& file : record.changes.files) {
        const auto now = contentOf(*tree, file.path);
        if (!now) {
            return std::unexpected(now.error());
        }
        if (*now != file.before) {
            return failure(ESTALE, "the file is not as it was when the task was begun: run it again",
                           file.path);
        }
    }
    return {};
}

/// Only objects are made, which nobody sees until a branch has them.
Result<> Applier::makeCommit(ApplyRecord& record, const std::string& message) const {
    const Git git(record.changes.repository);
    const fs::path index = folder_ / (record.id + ".index");
    Git::Options options = asOurselves();
    options.environment.push_back("GIT_INDEX_FILE=" + fs::absolute(index).string());
    const auto cleanUp = [&] {
        unlink(index.c_str());
        unlink((index.string() + ".lock").c_str());
    };
    cleanUp();
    std::string entries;
    for (const FileChange& file : record.changes.files) {
        if (!file.after) {
            entries +=
                fmt::format("0 {}\t{}", std::string(record.changes.base.size(), '0'), file.path) + '\0';
            continue;
        }
        // By its path, for what .gitattributes says about ends of lines and the like.
        const auto object =
            git.run({"hash-object", "-w", "--stdin", "--path", file.path}, {.input = *file.after});
        if (!object) {
            return std::unexpected(object.error());
        }
        entries += fmt::format("{} {}\t{}", file.executable ? "100755" : "100644",
                               object->substr(0, object->find('\n')), file.path) +
                   '\0';
    }
    auto done = git.run({"read-tree", record.changes.base}, options);
    if (done) {
        options.input = entries;
        done = git.run({"update-index", "-z", "--index-info"}, options);
        options.input.clear();
    }
    if (done) {
        done = git.run({"write-tree"}, options);
    }
    if (done) {
        const std::string tree = done->substr(0, done->find('\n'));
        options.input = message;
        done = git.run({"commit-tree", tree, "-p", record.changes.base}, options);
    }
    cleanUp();
    if (!done) {
        return std::unexpected(done.error());
    }
    record.commit = done->substr(0, done->find('\n'));
    return {};
}

Result<Applied> Applier::apply(const std::string& id, const Validated& validated, const TaskPlace& place,
                               const std::string& model) {
    if (!isFileName(id) || fs::exists(folder_ / (id + ".json"))) {
        return failure(EINVAL, "no name for an application, or one that is taken", id);
    }
    std::error_code code;
    fs::create_directories(folder_, code);
    ApplyRecord record;
    record.id = id;
    record.changes = validated.changes();
    record.tasks = fs::absolute(place.tasks);
    record.line = place.task.line;
    record.text = place.task.text;
    record.evidence = record.tasks.parent_path() / kEvidenceFolder / (id + ".json");

    // Before anything is touched: could it be ticked afterwards?
    const auto tasks = readTaskFile(record.tasks);
    if (!tasks) {
        return std::unexpected(tasks.error());
    }
    if (auto ticked = withMark(*tasks, record.task()); !ticked) {
        return failure(ticked.error().code, ticked.error().what, record.tasks.string());
    }
    Result<> ready;
    if (policy_.onBranch) {
        auto branch = branchFor(record.changes.repository, place.change);
        auto before = branch ? tipOf(record.changes.repository, *branch) : branch;
        if (!before) {
            return std::unexpected(before.error());
        }
        record.branch = *branch;
        record.before = *before;
        ready = checkBranch(record);
        if (ready) {
            ready = makeCommit(
                record, fmt::format("{}: {}\n\nTask {} of the change {}, written by {} and checked.\n",
                                    place.change, place.task.title,
                                    place.task.number.empty() ? id : place.task.number, place.change, model));
        }
    } else {
        ready = checkTree(record);
    }
    if (!ready) {
        return std::unexpected(ready.error());
    }
    record.proof = proofOf(record, validated, place, model);
    if (policy_.onBranch) {
        record.changes.files.clear(); // git has them
    }
    if (auto saved = record.save(folder_); !saved) {
        return std::unexpected(saved.error());
    }
    auto applied = policy_.onBranch ? moveBranch(record, record.commit, record.before) : putAll(record);
    if (!applied) {
        static_cast<void>(takeBack(record));
        return std::unexpected(applied.error());
    }
    if (auto finished = finish(record); !finished) {
        return std::unexpected(finished.error());
    }
    return Applied{id, record.commit, record.branch, record.evidence};
}

/// The code is in place.
Result<> Applier::finish(ApplyRecord& record) {
    record.state = ApplyRecord::State::applied;
    if (auto saved = record.save(folder_); !saved) {
        return saved;
    }
    std::error_code code;
    fs::create_directories(record.evidence.parent_path(), code);
    if (auto proven = replaceFile(record.evidence, record.proof); !proven) {
        return proven;
    }
    if (auto ticked = markTask(record.tasks, record.task()); !ticked) {
        const auto done = record.tickedTask();
        const auto text = readTaskFile(record.tasks);
        const bool already = done && text && withMark(*text, *done).has_value();
        if (!already) {
            return ticked;
        }
    }
    record.state = ApplyRecord::State::done;
    return record.save(folder_);
}

/// Of what is in place in part or wholly; the record goes last.
Result<> Applier::takeBack(ApplyRecord& record) {
    if (record.branch.empty()) {
        if (auto back = putBack(record); !back) {
            return back;
        }
    } else {
        const auto tip = tipOf(record.changes.repository, record.branch);
        if (!tip) {
            return std::unexpected(tip.error());
        }
        if (*tip == record.commit) {
            if (auto moved = moveBranch(record, record.before, record.commit); !moved) {
                return moved;
            }
        }
    }
    if (const auto ticked = record.tickedTask(); ticked) {
        const auto text = readTaskFile(record.tasks);
        if (text && withMark(*text, *ticked, record.mark())) {
            if (auto open = markTask(record.tasks, *ticked, record.mark()); !open) {
                return open;
            }
        }
    }
    unlink(record.evidence.c_str());
    return record.remove(folder_);
}

Result<> Applier::revert(const std::string& id) {
    auto record = ApplyRecord::load(folder_, id);
    if (!record) {
        return std::unexpected(record.error());
    }
    if (record->branch.empty()) {
        const auto tree = openTree(*record);
        if (!tree) {
            return std::unexpected(tree.error());
        }
        for (const FileChange& file : record->changes.files) {
            const auto now = contentOf(*tree, file.path);
            if (!now || *now != file.after) {
                return failure(ESTALE, "the file was changed since it was applied: take that back first",
                               file.path);
            }
        }
    } else {
        const auto tip = tipOf(record->changes.repository, record->branch);
        if (!tip || *tip != record->commit) {
            return failure(
                ESTALE,
                fmt::format("the branch {} has moved on: run git revert {}", record->branch, record->commit),
                record->changes.repository.string());
        }
        auto check = *record;
        check.before.clear(); // it may be anywhere, but not checked out
        if (auto free = checkBranch(check); !free) {
            return free;
        }
    }
    record->state = ApplyRecord::State::reverting;
    if (auto saved = record->save(folder_); !saved) {
        return saved;
    }
    return takeBack(*record);
}

Result<std::string> Applier::recoverOne(const std::string& id) {
    auto record = ApplyRecord::load(folder_, id);
    if (!record) {
        return std::unexpected(record.error());
    }
    if (record->state == ApplyRecord::State::done) {
        return std::string();
    }
    bool inPlace = record->state == ApplyRecord::State::applied;
    if (record->state == ApplyRecord::State::applying && !record->branch.empty()) {
        const auto tip = tipOf(record->changes.repository, record->branch);
        inPlace = tip && *tip == record->commit;
    }
    const auto done = inPlace ? finish(*record) : takeBack(*record);
    if (!done) {
        return std::unexpected(done.error());
    }
    return fmt::format("{} was cut off, and {}", id, inPlace ? "is done now" : "was taken back");
}

std::vector<std::string> Applier::recover() {
    std::vector<std::string> result;
    for (const std::string& id : ApplyRecord::list(folder_)) {
        const auto said = recoverOne(id);
        if (!said) {
            result.push_back(fmt::format("{} was cut off, and needs you: {}", id, said.error().message()));
        } else if (!said->empty()) {
            result.push_back(*said);
        }
    }
    return result;
}

} // namespace compositord
