#include "codegen/task_file.hpp"

#include "base/files.hpp"
#include "base/handle.hpp"
#include "codegen/atomic_file.hpp"

#include <fcntl.h>

#include <cerrno>

namespace compositord {

namespace {

struct ReadFile {
    std::filesystem::path path;
    FileIdentity identity;
    std::string text;
};

Result<ReadFile> readWithIdentity(const std::filesystem::path& path) {
    auto target = followLink(path);
    if (!target) {
        return std::unexpected(target.error());
    }
    const UniqueFd fd(open(target->c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat status{};
    if (!fd || fstat(fd.get(), &status) < 0) {
        return failure(errno, "cannot read the tasks", path.string());
    }
    if (!S_ISREG(status.st_mode)) {
        return failure(EISDIR, "the tasks are no file", path.string());
    }
    auto text = readAll(fd.get(), kLargestTaskFile, 0, path);
    if (!text) {
        return std::unexpected(text.error());
    }
    return ReadFile{*target, FileIdentity::of(status), std::move(*text)};
}

} // namespace

Result<std::string> readTaskFile(const std::filesystem::path& path) {
    auto file = readWithIdentity(path);
    return file ? Result<std::string>(std::move(file->text)) : std::unexpected(file.error());
}

Result<> markTask(const std::filesystem::path& path, const Task& task, char mark) {
    const auto file = readWithIdentity(path);
    if (!file) {
        return std::unexpected(file.error());
    }
    auto marked = withMark(file->text, task, mark);
    if (!marked) {
        marked.error().where = path.string();
        return std::unexpected(marked.error());
    }
    return replaceFile(file->path, *marked, file->identity);
}

} // namespace compositord
