// Which of all tasks are for the model at all, as the user's settings say.
#pragma once

#include <string>
#include <vector>

namespace compositord {

/// Of each kind that names something, one has to fit. All globs match "/" too.
struct TaskFilter {
    std::vector<std::string> changes; // globs for names of changes
    std::vector<std::string> labels;  // of the task or its change
    std::vector<std::string> paths;   // globs for the files that the task names

    /// Why they leave a task out, for a person; empty: they do not.
    std::string obstacle(const std::string& change, const std::vector<std::string>& taskLabels,
                         const std::vector<std::string>& taskPaths) const;

    bool operator==(const TaskFilter&) const = default;
};

} // namespace compositord
