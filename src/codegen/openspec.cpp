#include "codegen/openspec.hpp"

#include "base/file_name.hpp"
#include "codegen/task_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace compositord {

namespace {

namespace fs = std::filesystem;

constexpr int kDeepest = 8;
constexpr std::size_t kMostRoots = 100;
constexpr std::size_t kMostFolders = 50000; // that are looked into
constexpr std::size_t kMostSpecs = 200;     // of one change
constexpr const char* kArchive = "archive";

bool isPassedBy(const std::string& name) {
    return name.starts_with('.') || name == "node_modules" || name == "target";
}

/// Folders in it that are no links, sorted.
std::vector<fs::path> foldersIn(const fs::path& folder) {
    std::vector<fs::path> result;
    std::error_code code;
    for (fs::directory_iterator entry(folder, fs::directory_options::skip_permission_denied, code), end;
         !code && entry != end; entry.increment(code)) {
        std::error_code ignored;
        if (entry->symlink_status(ignored).type() == fs::file_type::directory) {
            result.push_back(entry->path());
        }
    }
    std::ranges::sort(result);
    return result;
}

bool isFile(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

std::vector<fs::path> specsBelow(const fs::path& folder, int depth) {
    std::vector<fs::path> result;
    if (isFile(folder / "spec.md")) {
        result.push_back(folder / "spec.md");
    }
    for (const fs::path& below : depth > 0 ? foldersIn(folder) : std::vector<fs::path>()) {
        for (fs::path& path : specsBelow(below, depth - 1)) {
            if (result.size() < kMostSpecs) {
                result.push_back(std::move(path));
            }
        }
    }
    return result;
}

void readTasks(SpecChange& change) {
    for (const char* name : {"tasks.md", "TASKS.md"}) {
        if (isFile(change.folder / name)) {
            change.tasksFile = change.folder / name;
            break;
        }
    }
    if (change.tasksFile.empty()) {
        change.problem = "it has no tasks.md";
        return;
    }
    const auto text = readTaskFile(change.tasksFile);
    if (!text) {
        change.problem = text.error().message();
        return;
    }
    change.tasks = parseTasks(*text);
    if (change.tasks.tasks.empty()) {
        change.problem = change.tasks.fenced == 0
                             ? "its tasks.md has no boxes: write each task as \"- [ ] what to do\""
                             : "its tasks.md has boxes in code fences only, and these are no tasks";
    }
}

SpecChange readFolder(const fs::path& folder) {
    SpecChange change;
    change.name = folder.filename();
    change.folder = folder;
    for (const char* name : {"proposal.md", "design.md"}) {
        if (isFile(folder / name)) {
            change.documents.push_back(folder / name);
        }
    }
    const auto specs = specsBelow(folder / "specs", kDeepest);
    change.documents.insert(change.documents.end(), specs.begin(), specs.end());
    if (isFile(folder / ".openspec.yaml")) {
        change.metadata = folder / ".openspec.yaml";
    }
    readTasks(change);
    return change;
}

} // namespace

std::vector<fs::path> findSpecRoots(const fs::path& top) {
    struct Level {
        fs::path folder;
        int depth = 0;
    };

    std::vector<fs::path> result;
    std::vector<Level> waiting{{top, 0}};
    for (std::size_t seen = 0; !waiting.empty() && seen < kMostFolders && result.size() < kMostRoots;
         ++seen) {
        const Level level = std::move(waiting.back());
        waiting.pop_back();
        if (level.folder.filename() == "openspec") {
            result.push_back(level.folder);
            continue;
        }
        if (level.depth == kDeepest) {
            continue;
        }
        for (fs::path& folder : foldersIn(level.folder)) {
            if (!isPassedBy(folder.filename())) {
                waiting.push_back({std::move(folder), level.depth + 1});
            }
        }
    }
    std::ranges::sort(result);
    return result;
}

Result<std::vector<SpecChange>> readChanges(const fs::path& root) {
    std::error_code code;
    if (!fs::is_directory(root / "changes", code)) {
        return failure(code ? code.value() : ENOENT, "it has no folder \"changes\"", root.string());
    }
    std::vector<SpecChange> result;
    for (const fs::path& folder : foldersIn(root / "changes")) {
        const std::string name = folder.filename();
        if (name != kArchive && !name.starts_with('.')) {
            result.push_back(readFolder(folder));
        }
    }
    return result;
}

Result<SpecChange> readChange(const fs::path& root, const std::string& name) {
    const fs::path folder = root / "changes" / name;
    std::error_code code;
    if (!isFileName(name) || name == kArchive ||
        fs::symlink_status(folder, code).type() != fs::file_type::directory) {
        return failure(ENOENT, "there is no such change", name);
    }
    return readFolder(folder);
}

} // namespace compositord
