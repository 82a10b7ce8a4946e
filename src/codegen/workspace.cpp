#include "codegen/workspace.hpp"

#include "base/file_name.hpp"
#include "base/files.hpp"
#include "codegen/git.hpp"
#include "codegen/line_ends.hpp"
#include "codegen/patch.hpp"

#include <fmt/format.h>

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

namespace compositord {

namespace {

// In the folder of each workspace: which repository its worktree is of.
constexpr const char* kRepositoryFile = "repository";
constexpr std::size_t kLongestPath = 4096;

/// Changes, their tasks, and specifications in any folder "openspec", but no code in a folder of that name.
bool isOfOpenSpec(const std::filesystem::path& path) {
    for (auto part = path.begin(); part != path.end(); ++part) {
        const auto next = std::next(part);
        if (*part == "openspec" && next != path.end() &&
            (*next == "changes" || *next == "specs" || next->extension() == ".md" ||
             next->extension() == ".yaml")) {
            return true;
        }
    }
    return false;
}

std::string readSmall(const std::filesystem::path& path) {
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    auto text = fd ? readAll(fd.get(), kLongestPath, 0, path) : Result<std::string>();
    return text ? *text : std::string();
}

/// Whatever is there of it.
Result<> removeWorkspace(const std::filesystem::path& folder) {
    const std::string repository = readSmall(folder / kRepositoryFile);
    if (!repository.empty()) {
        // It fails if git knows no such worktree (any more), which is what is wanted. Forced twice: also one
        // that was being made when its maker was killed.
        static_cast<void>(
            Git(repository).run({"worktree", "remove", "--force", "--force", folder / folder.filename()}));
    }
    return removeTree(folder); // also what checks left in it
}

Result<> makeFolders(const std::filesystem::path& folder, const std::string& repository) {
    std::error_code code;
    std::filesystem::create_directories(folder.parent_path(), code);
    if (!code && !std::filesystem::create_directory(folder, code) && !code) {
        return failure(EEXIST, "there is a workspace of this name already", folder.string());
    }
    if (!code) {
        std::filesystem::create_directory(folder / "output", code);
    }
    if (code) {
        return failure(code.value(), "cannot make a workspace", folder.string());
    }
    const auto note = folder / kRepositoryFile;
    constexpr mode_t mode = 0600;
    const UniqueFd fd(open(note.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    return fd ? writeAll(fd.get(), repository, note) : failure(errno, "cannot make", note.string());
}

} // namespace

Result<Workspace> Workspace::create(const Settings& settings, const std::string& name) {
    if (!isFileName(name)) {
        return failure(EINVAL, "no name for a workspace", name);
    }
    const auto top = Git(settings.repository).line({"rev-parse", "--show-toplevel"});
    if (!top) {
        return std::unexpected(top.error());
    }
    const Git git(*top);
    const auto base =
        git.line({"rev-parse", "--verify", "--quiet", "--end-of-options", settings.base + "^{commit}"});
    if (!base) {
        return failure(0, fmt::format("there is no commit {}: make a first one", settings.base), *top);
    }
    std::error_code code;
    const auto folder = std::filesystem::absolute(settings.folder, code) / name;
    if (auto made = makeFolders(folder, *top); !made) {
        return std::unexpected(made.error());
    }
    const auto tree = folder / name; // git calls a worktree by the last part of its path
    auto added = git.run({"worktree", "add", "--quiet", "--detach", tree, *base});
    auto files =
        added ? ConfinedFolder::open(tree, settings.roots, settings.limits) : std::unexpected(added.error());
    std::vector<std::string> denied;
    for (const std::string& path : settings.denied) {
        if (auto clean = ConfinedFolder::cleanPath(path); clean && !clean->empty()) {
            denied.push_back(*std::move(clean));
        } else if (files) {
            files = failure(EINVAL, "it cannot be denied to a model: it is no path in the repository", path);
        }
    }
    if (!files) {
        static_cast<void>(removeWorkspace(folder));
        return std::unexpected(files.error());
    }
    Workspace workspace(std::move(*files), settings);
    workspace.folder_ = folder;
    workspace.repository_ = *top;
    workspace.tree_ = tree;
    workspace.output_ = folder / "output";
    workspace.base_ = *base;
    workspace.denied_ = std::move(denied);
    return workspace;
}

Result<> Workspace::removeAll(const std::filesystem::path& folder) {
    std::error_code code;
    Result<> result;
    for (std::filesystem::directory_iterator entry(folder, code), end; !code && entry != end;
         entry.increment(code)) {
        if (const auto removed = removeWorkspace(entry->path()); !removed) {
            result = removed;
        }
    }
    return result;
}

Result<> Workspace::remove() {
    return removeWorkspace(folder_);
}

Result<> Workspace::mayWrite(std::string_view path) const {
    if (auto may = files_.mayWrite(path); !may) {
        return may;
    }
    const std::string clean = *ConfinedFolder::cleanPath(path);
    const bool denied = std::ranges::any_of(denied_, [&](const std::string& folder) {
        return clean == folder || clean.starts_with(folder + '/');
    });
    if (denied || isOfOpenSpec(clean)) {
        return failure(EPERM, "what is to be done is not yours to change: leave files here as they are",
                       clean);
    }
    return {};
}

Result<> Workspace::keepOriginal(const std::string& path) {
    if (touched_.contains(path)) {
        return {};
    }
    if (touched_.size() >= mostFiles_) {
        return failure(E2BIG, fmt::format("a task may change {} files at most", mostFiles_), path);
    }
    auto content = files_.read(path);
    if (!content && content.error().code != ENOENT && content.error().code != ENOTDIR) {
        return std::unexpected(content.error());
    }
    touched_[path] = {content ? std::optional(std::move(*content)) : std::nullopt, files_.isExecutable(path)};
    return {};
}

Result<> Workspace::writeFile(std::string_view path, std::string_view content) {
    if (auto may = mayWrite(path); !may) {
        return may;
    }
    const std::string clean = *ConfinedFolder::cleanPath(path);
    if (content.contains('\0')) { // git calls it binary, so that nobody could read the diff
        return failure(EINVAL, "it is no text: it has a zero byte in it", clean);
    }
    if (auto kept = keepOriginal(clean); !kept) {
        return kept;
    }
    const auto& original = touched_[clean].content;
    if (original && endsLinesAsDos(*original) && !content.contains('\r')) {
        return files_.write(path, withDosLines(content));
    }
    return files_.write(path, content);
}

Result<> Workspace::deleteFile(std::string_view path) {
    if (auto may = mayWrite(path); !may) {
        return may;
    }
    if (auto kept = keepOriginal(*ConfinedFolder::cleanPath(path)); !kept) {
        return kept;
    }
    return files_.remove(path);
}

Result<> Workspace::applyPatch(std::string_view patch) {
    const auto files = parsePatch(patch);
    if (!files) {
        return std::unexpected(files.error());
    }

    struct Edit {
        std::string path;
        std::optional<std::string> before;
        std::optional<std::string> after;
    };

    std::vector<Edit> edits;
    for (const FilePatch& file : *files) {
        if (auto may = mayWrite(file.path); !may) {
            return may;
        }
        auto before = files_.read(file.path);
        if (!before && before.error().code != ENOENT && before.error().code != ENOTDIR) {
            return std::unexpected(before.error());
        }
        Edit edit{file.path, before ? std::optional(std::move(*before)) : std::nullopt, {}};
        auto after = compositord::applyPatch(edit.before, file);
        if (!after) {
            return std::unexpected(after.error());
        }
        edit.after = std::move(*after);
        edits.push_back(std::move(edit));
    }
    const auto put = [this](const std::string& path, const std::optional<std::string>& content) {
        return content ? writeFile(path, *content) : deleteFile(path);
    };
    for (std::size_t i = 0; i < edits.size(); ++i) {
        auto written = put(edits[i].path, edits[i].after);
        if (!written) {
            for (std::size_t j = 0; j <= i; ++j) {
                static_cast<void>(put(edits[j].path, edits[j].before));
            }
            return written;
        }
    }
    return {};
}

Result<WorkspaceChanges> Workspace::changes() const {
    WorkspaceChanges result{repository_, base_, {}};
    for (const auto& [path, original] : touched_) {
        auto content = files_.read(path);
        if (!content && content.error().code != ENOENT && content.error().code != ENOTDIR) {
            return std::unexpected(content.error());
        }
        auto after = content ? std::optional(std::move(*content)) : std::nullopt;
        if (after != original.content) {
            result.files.push_back({path, original.content, std::move(after), original.executable});
        }
    }
    return result;
}

Result<std::string> Workspace::diff() const {
    const auto changed = changes();
    if (!changed) {
        return std::unexpected(changed.error());
    }
    if (changed->files.empty()) {
        return std::string();
    }
    std::vector<std::string> announce{"add", "--intent-to-add", "--force", "--"};
    std::vector<std::string> show{"diff", "--no-color", "--no-ext-diff", "--no-textconv", base_, "--"};
    for (const FileChange& file : changed->files) {
        show.push_back(file.path);
        if (!file.before) {
            announce.push_back(file.path);
        }
    }
    const Git git(tree_);
    if (announce.back() != "--") {
        if (auto added = git.run(announce); !added) {
            return added;
        }
    }
    return git.run(show);
}

} // namespace compositord
