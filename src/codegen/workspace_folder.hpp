// A folder of one process for its workspaces: what processes left that were killed is removed, and what
// others work on is not.
#pragma once

#include "base/error.hpp"
#include "base/handle.hpp"

#include <filesystem>

namespace compositord {

class WorkspaceFolder {
public:
    /// A new one below `shared`, which is made if it is missing.
    static Result<WorkspaceFolder> create(const std::filesystem::path& shared);

    WorkspaceFolder(const WorkspaceFolder&) = delete;
    WorkspaceFolder& operator=(const WorkspaceFolder&) = delete;
    WorkspaceFolder(WorkspaceFolder&&) = default;
    WorkspaceFolder& operator=(WorkspaceFolder&&) = delete;

    /// Goes, with all that is in it.
    ~WorkspaceFolder();

    const std::filesystem::path& path() const { return path_; }

    /// Removes those below `shared` whose process has ended. Blocks: for a worker.
    static Result<> removeAbandoned(const std::filesystem::path& shared);

private:
    WorkspaceFolder(std::filesystem::path path, UniqueFd lock)
        : path_(std::move(path)), lock_(std::move(lock)) {}

    std::filesystem::path path_;
    UniqueFd lock_; // of the file NAME.lock beside it; empty: moved from
};

} // namespace compositord
