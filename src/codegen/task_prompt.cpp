#include "codegen/task_prompt.hpp"

#include "base/files.hpp"
#include "base/handle.hpp"
#include "codegen/codegen_run.hpp"
#include "codegen/interface_sketch.hpp"
#include "codegen/prompt.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <set>

namespace compositord {

namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kPlaces{"task",     "files",  "errors",    "specs",
                                       "proposal", "design", "neighbours"};

constexpr std::size_t kLargestDocument = 262144;
constexpr std::size_t kMostListed = 300; // files, where the task names none
constexpr std::size_t kMostNeighbours = 24;

/// "bridge.rs" → "src/bridge.rs", if that is the only one of the name.
std::vector<std::string> found(const Workspace& workspace, std::vector<std::string> files) {
    for (std::string& path : files) {
        if (path.contains('/') || workspace.readFile(path)) {
            continue;
        }
        std::vector<std::string> named;
        for (const std::string& other : workspace.listFiles(".").value_or(std::vector<std::string>())) {
            if (other.ends_with("/" + path)) {
                named.push_back(other);
            }
        }
        if (named.size() == 1) {
            path = named.front();
        }
    }
    return files;
}

/// All of the files that the task names.
std::string shownFiles(const Workspace& workspace, const std::vector<std::string>& files) {
    std::string shown;
    for (const std::string& path : files) {
        const auto content = workspace.readFile(path);
        const bool missing = !content && (content.error().code == ENOENT || content.error().code == ENOTDIR);
        shown += content   ? fmt::format("{}:\n````\n{}````\n", path, *content)
                 : missing ? fmt::format("{} is to be made.\n", path)
                           : fmt::format("{} cannot be shown: {}\n", path, content.error().message());
    }
    return shown;
}

std::string listedFiles(const Workspace& workspace) {
    auto list = workspace.listFiles(".");
    if (!list || list->empty()) {
        return {};
    }
    const std::size_t all = list->size();
    list->resize(std::min(all, kMostListed));
    return fmt::format("The repository has:\n{}\n{}", fmt::join(*list, "\n"),
                       all > kMostListed ? fmt::format("and {} more.\n", all - kMostListed) : "");
}

/// Of the files beside those that the task names.
std::string neighboursOf(const Workspace& workspace, const std::vector<std::string>& files) {
    std::set<std::string> folders;
    for (const std::string& path : files) {
        folders.insert(fs::path(path).parent_path());
    }
    std::string result;
    std::size_t count = 0;
    for (const std::string& folder : folders) {
        const auto list = workspace.listFiles(folder.empty() ? "." : folder);
        for (const std::string& path : list.value_or(std::vector<std::string>())) {
            if (fs::path(path).parent_path() != folder || std::ranges::find(files, path) != files.end() ||
                count == kMostNeighbours) {
                continue;
            }
            const auto text = workspace.readFile(path);
            const std::string sketch = text ? sketchInterface(path, *text) : std::string();
            if (!sketch.empty()) {
                result += fmt::format("{}:\n````\n{}````\n", path, sketch);
                ++count;
            }
        }
    }
    return result;
}

std::string readDocument(const fs::path& path) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    auto text = fd ? readAll(fd.get(), kLargestDocument, 0, path) : Result<std::string>();
    return text ? *std::move(text) : std::string();
}

} // namespace

Result<std::string> promptFor(const Workspace& workspace, const TaskBrief& brief,
                              const std::vector<fs::path>& templates) {
    const auto files = found(workspace, brief.files);
    const std::string shown = shownFiles(workspace, files);
    const auto prompt = PromptTemplate::load("task", templates, kPlaces);
    if (!prompt) {
        return std::unexpected(prompt.error());
    }
    std::string proposal;
    std::string design;
    std::string specs;
    for (const fs::path& path : brief.documents) {
        (path.filename() == "proposal.md" ? proposal
         : path.filename() == "design.md" ? design
                                          : specs) += readDocument(path);
    }
    return buildPrompt(*prompt,
                       {{"task", brief.task},
                        {"errors", brief.errors},
                        {"files", shown.empty() ? listedFiles(workspace) : shown},
                        {"specs", specs},
                        {"neighbours", neighboursOf(workspace, files)},
                        {"design", design},
                        {"proposal", proposal}},
                       CodegenRun::Settings{}.budget / 2);
}

} // namespace compositord
