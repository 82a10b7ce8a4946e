// What code generation keeps on disk: proposals, applications, and what is remembered about tasks and models.
// All but lock() blocks: for a worker's thread, one call after the other.
#pragma once

#include "base/handle.hpp"
#include "codegen/apply.hpp"
#include "codegen/codegen_metrics.hpp"
#include "codegen/proposal.hpp"
#include "codegen/task_memory.hpp"
#include "world/codegen_service.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace compositord {

/// A proposal in short, and whether it is applied.
struct KeptProposal {
    std::string id;
    std::string task;
    std::string model;
    TaskPlace place;
    std::filesystem::path repository;
    std::vector<std::string> files; // that it changes
    bool applied = false;
    std::string branch;
    std::string commit;
    std::string stuck; // why it can be neither applied nor taken back, for a person; empty: it can
};

class CodegenStore {
public:
    CodegenStore(std::filesystem::path folder, ApplyPolicy policy)
        : folder_(std::move(folder)), applier_(folder_ / "applied", std::move(policy)) {}

    struct Opened {
        std::vector<KeptProposal> kept;
        TaskMemory memory;
        CodegenMetrics metrics;
        std::vector<std::string> done;     // about what was cut off, for the log
        std::vector<std::string> problems; // for a person
    };

    /// Brings what was cut off to its end, or takes it back, and reads the rest.
    Opened open(WallTime now);

    Result<KeptProposal> keep(const Proposal& proposal);
    Result<KeptProposal> apply(const std::string& id);
    Result<> discard(const std::string& id);
    Result<> revert(const std::string& id);

    /// Without its task.
    Result<CodegenDetails> details(const std::string& id) const;

    Result<> save(const TaskMemory& memory) const;
    Result<> save(const CodegenMetrics& metrics) const;

    Result<std::string> baseFor(const std::filesystem::path& repository, const std::string& change) const {
        return applier_.baseFor(repository, change);
    }

    const std::filesystem::path& folder() const { return folder_; }

private:
    KeptProposal inShort(const Proposal& proposal) const;

    std::filesystem::path folder_;
    Applier applier_;
};

/// Lets one process at a time have a store.
class StoreLock {
public:
    /// Makes the folder if it is missing.
    static Result<StoreLock> create(const std::filesystem::path& folder);

    /// Whether this process has it now. Ask again when a program has closed the file.
    bool take();

    const std::filesystem::path& path() const { return path_; }

private:
    StoreLock(std::filesystem::path path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

    std::filesystem::path path_;
    UniqueFd fd_;
};

} // namespace compositord
