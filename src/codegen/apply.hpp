// Brings validated changes to the user's repository: all of them or nothing, never over work that is not
// committed, with a way back, and with the task ticked only after its proof is on disk. It blocks: for a
// worker's thread.
#pragma once

#include "codegen/apply_record.hpp"
#include "codegen/task_list.hpp"
#include "codegen/validator.hpp"
#include "codegen/workspace.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace compositord {

/// Changes and the checks that all passed for exactly these. There is no other way to make one.
class Validated {
public:
    /// `checked`: what was there when the checks began; `now`: when they had ended; `planned`: what was to
    /// run. An error if these differ, or if a check failed or is missing.
    static Result<Validated> of(WorkspaceChanges checked, const WorkspaceChanges& now,
                                const std::vector<Check>& planned, std::vector<CheckOutcome> outcomes);

    const WorkspaceChanges& changes() const { return changes_; }

    const std::vector<CheckOutcome>& outcomes() const { return outcomes_; }

private:
    Validated() = default;
    WorkspaceChanges changes_;
    std::vector<CheckOutcome> outcomes_;
};

struct TaskPlace {
    std::string change;          // its name
    std::filesystem::path tasks; // the file tasks.md; the evidence goes into a folder beside it
    Task task;                   // as it was read
};

struct ApplyPolicy {
    bool onBranch = true; // as a commit on a branch of the change; otherwise as files in the user's tree
    std::string branchPrefix = "compositord/";
    std::vector<std::string> protectedBranches{"main", "master", "release*"}; // globs
};

struct Applied {
    std::string id;
    std::string commit; // on the branch; empty without one
    std::string branch;
    std::filesystem::path evidence;
};

class Applier {
public:
    /// `folder`: where it keeps what it needs to finish and to go back.
    Applier(std::filesystem::path folder, ApplyPolicy policy)
        : folder_(std::move(folder)), policy_(std::move(policy)) {}

    /// Where a workspace for a task of this change is to start: the change's branch, or HEAD.
    Result<std::string> baseFor(const std::filesystem::path& repository, const std::string& change) const;

    /// `id`: a file name, new for each application. `model`: who wrote it, for the evidence.
    Result<Applied> apply(const std::string& id, const Validated& validated, const TaskPlace& place,
                          const std::string& model);

    /// Takes it back: the files or the branch as before, the task open again, the evidence gone.
    Result<> revert(const std::string& id);

    /// At start: what was cut off is brought to its end if the code was in place, and else taken back. Says
    /// what it did, for the log.
    std::vector<std::string> recover();

private:
    Result<std::string> branchFor(const std::filesystem::path& repository, const std::string& change) const;
    Result<> checkBranch(const ApplyRecord& record) const;
    Result<> checkTree(const ApplyRecord& record) const;
    Result<> makeCommit(ApplyRecord& record, const std::string& message) const;
    Result<> finish(ApplyRecord& record);
    Result<> takeBack(ApplyRecord& record);
    Result<std::string> recoverOne(const std::string& id);

    std::filesystem::path folder_;
    ApplyPolicy policy_;
};

} // namespace compositord
