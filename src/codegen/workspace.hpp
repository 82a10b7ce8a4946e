// Where one task is worked on: an own worktree of the user's repository, in which files change by these calls
// alone. The user's own tree is never touched. It blocks: for a worker's thread.
#pragma once

#include "codegen/confined_folder.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

struct FileChange {
    std::string path; // from the top of the repository
    std::optional<std::string> before;
    std::optional<std::string> after; // nothing: it is deleted
    bool executable = false;          // before, and so after

    bool operator==(const FileChange&) const = default;
};

/// What a task's work comes to. Sorted by path, without files that are as they were.
struct WorkspaceChanges {
    std::filesystem::path repository; // the top of the user's tree
    std::string base;                 // the commit that it starts from
    std::vector<FileChange> files;

    bool operator==(const WorkspaceChanges&) const = default;
};

class Workspace {
public:
    struct Settings {
        std::filesystem::path repository; // any folder in it
        std::filesystem::path folder;     // of all workspaces; each has its own below
        std::string base = "HEAD";
        std::vector<std::string> roots{"."}; // what may be written, from the top of the repository
        std::vector<std::string> denied;     // but nothing of these, which are files or folders
        ConfinedFolder::Limits limits;
        std::size_t mostFiles = 64; // that one task may change
    };

    /// `name` must be a file name, one that no other workspace has.
    static Result<Workspace> create(const Settings& settings, const std::string& name);

    /// Removes what an earlier run of the program left in the folder of all workspaces.
    static Result<> removeAll(const std::filesystem::path& folder);

    /// Removes the worktree and all that is in it. Nothing else may be called afterwards.
    Result<> remove();

    // The tools. Paths are from the top of the repository; an error is for the model to read.
    Result<std::string> readFile(std::string_view path) const { return files_.read(path); }

    Result<std::vector<std::string>> listFiles(std::string_view path) const { return files_.list(path); }

    Result<std::vector<ConfinedFolder::Found>> search(std::string_view text, std::string_view path) const {
        return files_.search(text, path);
    }

    Result<> writeFile(std::string_view path, std::string_view content);
    Result<> deleteFile(std::string_view path);

    /// All of a unified diff or, with an error, nothing of it.
    Result<> applyPatch(std::string_view patch);

    /// As it is now, compared with the base.
    Result<WorkspaceChanges> changes() const;

    /// The same as a text for people and prompts, as git writes it.
    Result<std::string> diff() const;

    /// The top of the worktree, to be validated.
    const std::filesystem::path& tree() const { return tree_; }

    /// For what validators make (cargo's target folder); kept from one round to the next.
    const std::filesystem::path& output() const { return output_; }

    const std::string& base() const { return base_; }

private:
    Workspace(ConfinedFolder files, const Settings& settings)
        : files_(std::move(files)), mostFiles_(settings.mostFiles), denied_(settings.denied) {}

    Result<> mayWrite(std::string_view path) const;

    struct Original {
        std::optional<std::string> content; // as it is checked out
        bool executable = false;
    };

    /// Before a file is changed for the first time.
    Result<> keepOriginal(const std::string& path);

    ConfinedFolder files_;
    std::size_t mostFiles_;
    std::vector<std::string> denied_;
    std::filesystem::path folder_; // of this workspace
    std::filesystem::path repository_;
    std::filesystem::path tree_;
    std::filesystem::path output_;
    std::string base_;
    std::map<std::string, Original> touched_;
};

} // namespace compositord
