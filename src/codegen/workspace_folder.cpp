#include "codegen/workspace_folder.hpp"

#include "codegen/workspace.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace compositord {

namespace {

constexpr mode_t kOnlyMine = 0700;

std::filesystem::path lockOf(const std::filesystem::path& folder) {
    return folder.string() + ".lock";
}

Result<> removeFolder(const std::filesystem::path& folder) {
    if (auto removed = Workspace::removeAll(folder); !removed) {
        return removed;
    }
    std::error_code code;
    std::filesystem::remove_all(folder, code);
    std::filesystem::remove(lockOf(folder), code);
    return {};
}

} // namespace

Result<WorkspaceFolder> WorkspaceFolder::create(const std::filesystem::path& shared) {
    std::error_code code;
    std::filesystem::create_directories(shared, code);
    std::string name = (shared / "XXXXXX").string();
    if (code || mkdtemp(name.data()) == nullptr) {
        return failure(code ? code.value() : errno, "cannot make a folder to work in", shared.string());
    }
    // Others look for locks: what has none yet is not theirs to remove.
    UniqueFd lock(open(lockOf(name).c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOnlyMine));
    if (!lock || flock(lock.get(), LOCK_EX | LOCK_NB) < 0) {
        return failure(errno, "cannot lock a folder to work in", name);
    }
    return WorkspaceFolder(name, std::move(lock));
}

WorkspaceFolder::~WorkspaceFolder() {
    if (lock_) {
        static_cast<void>(removeFolder(path_));
    }
}

Result<> WorkspaceFolder::removeAbandoned(const std::filesystem::path& shared) {
    std::error_code code;
    Result<> result;
    for (std::filesystem::directory_iterator entry(shared, code), end; !code && entry != end;
         entry.increment(code)) {
        if (entry->path().extension() != ".lock") {
            continue;
        }
        const UniqueFd lock(open(entry->path().c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
        if (!lock || flock(lock.get(), LOCK_EX | LOCK_NB) < 0) {
            continue; // its process lives
        }
        if (const auto removed = removeFolder(entry->path().parent_path() / entry->path().stem()); !removed) {
            result = removed;
        }
    }
    return result;
}

} // namespace compositord
