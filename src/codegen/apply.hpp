// Brings validated changes to the user's repository: all of them or nothing, never over work that is not
// committed, with a way back, and with the task ticked only after its proof is on disk. It blocks: for a
// worker's thread.
#pragma once

#include "codegen/task_list.hpp"
#include "codegen/validator.hpp"
#include "codegen/workspace.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace compositord {

/// Changes and the checks that all passed for exactly these. There is no other way to make one.
class Validated {
public:
    /// An error if a check is missing or failed, or if the workspace is not as it was before the checks.
    static Result<Validated> of(ChangeSet checked, const ChangeSet& now, std::vector<CheckOutcome> outcomes);

    const ChangeSet& changes() const { return changes_; }

    const std::vector<CheckOutcome>& outcomes() const { return outcomes_; }

private:
    Validated() = default;
    ChangeSet changes_;
    std::vector<CheckOutcome> outcomes_;
};

struct TaskPlace {
    std::string change;          // its name
    std::filesystem::path tasks; // the file tasks.md
    Task task;                   // as it was read
};

struct ApplyPolicy {
    enum class Mode : std::uint8_t { branch, tree };

    Mode mode = Mode::branch;
    std::string branchPrefix = "compositord/";
    std::vector<std::string> protectedBranches{"main", "master", "release*"}; // globs
};

struct Applied {
    std::string id;
    std::string commit; // on a branch, or empty
    std::string branch;
    std::filesystem::path evidence;
};

class Applier {
public:
    /// `folder`: where it keeps what it needs to go back, durable.
    Applier(std::filesystem::path folder, ApplyPolicy policy)
        : folder_(std::move(folder)), policy_(std::move(policy)) {}

    /// Where a workspace for a task of this change should start.
    Result<std::string> baseFor(const std::filesystem::path& repository, const std::string& change) const;

    Result<Applied> apply(const Validated& validated, const TaskPlace& place);

    /// Takes it back: the files or the branch as before, and the task open again.
    Result<> revert(const std::string& id);

    /// At start: what was cut off half-way is taken back or brought to its end. Says what it did, for the
    /// log.
    Result<std::vector<std::string>> recover();

private:
    struct Record;
    std::filesystem::path folder_;
    ApplyPolicy policy_;
};

} // namespace compositord
