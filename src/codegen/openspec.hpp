// OpenSpec folders: where they are, and the changes in them with their documents and tasks. It blocks: for a
// worker's thread, or for a start.
#pragma once

#include "base/error.hpp"
#include "codegen/task_list.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace compositord {

struct SpecChange {
    std::string name;
    std::filesystem::path folder;
    std::vector<std::filesystem::path>
        documents;                   // proposal.md, design.md, specs/*/spec.md, as far as there are
    std::filesystem::path metadata;  // .openspec.yaml; empty: there is none
    std::filesystem::path tasksFile; // tasks.md or TASKS.md; empty: there is none
    TaskList tasks;
    std::string problem; // for a person: no tasks, or a file that cannot be read; empty: nothing
};

/// All folders "openspec" below one, itself among them if that is its name, sorted. Not in hidden folders,
/// nor in node_modules and target, nor by symbolic links; at most so deep and so many.
std::vector<std::filesystem::path> findSpecRoots(const std::filesystem::path& top);

/// The changes of one root by name, without the archive. Changes that cannot be read have a problem.
Result<std::vector<SpecChange>> readChanges(const std::filesystem::path& root);

/// One of them.
Result<SpecChange> readChange(const std::filesystem::path& root, const std::string& name);

} // namespace compositord
