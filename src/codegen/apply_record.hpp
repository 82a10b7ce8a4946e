// What is kept on disk about one application, before it begins and until it is reverted.
#pragma once

#include "base/error.hpp"
#include "codegen/task_list.hpp"
#include "codegen/workspace.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

struct ApplyRecord {
    enum class State : std::uint8_t {
        applying,  // the code may be in place, wholly, partly or not at all
        applied,   // it is; evidence and tick may be missing
        done,      // all is there
        reverting, // it is being taken back
    };

    std::string id;
    State state = State::applying;
    WorkspaceChanges changes; // the files only if they go into the tree
    std::string branch;       // empty: into the tree
    std::string commit;
    std::string before; // what the branch was; empty: there was none
    std::filesystem::path tasks;
    std::size_t line = 0;
    std::string text; // of the task's line, unticked
    std::filesystem::path evidence;
    std::string proof; // what is written there

    /// The task as it is in the file: unticked, or as it is ticked.
    Task task() const;
    Result<Task> tickedTask() const;
    char mark() const; // one that it had before

    Result<> save(const std::filesystem::path& folder) const;
    static Result<ApplyRecord> load(const std::filesystem::path& folder, const std::string& id);
    Result<> remove(const std::filesystem::path& folder) const;
    static std::vector<std::string> list(const std::filesystem::path& folder);
};

} // namespace compositord
