#include "codegen/task_filter.hpp"

#include <fnmatch.h>

#include <algorithm>

namespace compositord {

namespace {

bool fits(const std::vector<std::string>& globs, const std::string& text) {
    return std::ranges::any_of(
        globs, [&](const std::string& glob) { return fnmatch(glob.c_str(), text.c_str(), 0) == 0; });
}

} // namespace

std::string TaskFilter::obstacle(const std::string& change, const std::vector<std::string>& taskLabels,
                                 const std::vector<std::string>& taskPaths) const {
    if (!changes.empty() && !fits(changes, change)) {
        return "the setting codegen-change leaves its change out";
    }
    if (!labels.empty() && std::ranges::none_of(taskLabels, [&](const std::string& label) {
            return std::ranges::find(labels, label) != labels.end();
        })) {
        return "it has no label that the setting codegen-label names";
    }
    if (!paths.empty() &&
        std::ranges::none_of(taskPaths, [&](const std::string& path) { return fits(paths, path); })) {
        return "it names no file that the setting codegen-path allows";
    }
    return {};
}

} // namespace compositord
