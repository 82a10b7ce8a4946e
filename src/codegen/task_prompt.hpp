// What a model is told about a task: the task, the files it is about, what went wrong before, the change's
// documents, and what the neighbours of its files offer. It blocks: for a worker's thread.
#pragma once

#include "codegen/workspace.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace compositord {

struct TaskBrief {
    std::string task;                             // what is to be done
    std::vector<std::string> files;               // that it names; there need not be such files
    std::vector<std::filesystem::path> documents; // of its change
    std::string errors;                           // of the last run, if that failed
};

/// Fills the template "task" of these folders.
Result<std::string> promptFor(const Workspace& workspace, const TaskBrief& brief,
                              const std::vector<std::filesystem::path>& templates);

} // namespace compositord
