#include "codegen/atomic_file.hpp"

#include "base/handle.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace compositord {

namespace {

constexpr mode_t kNewFile = 0644;
constexpr mode_t kModeBits = 07777;

} // namespace

std::string leftoverName(std::string_view name) {
    return "." + std::string(name) + ".compositord-new";
}

Result<> replaceFile(int folder, const std::string& name, std::string_view content, mode_t mode,
                     const std::optional<FileIdentity>& expected) {
    const std::string fresh = leftoverName(name);
    unlinkat(folder, fresh.c_str(), 0);
    const UniqueFd fd(
        openat(folder, fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!fd) {
        return failure(errno, "cannot write beside the file", name);
    }
    auto written = writeAll(fd.get(), content, name);
    if (written && (fchmod(fd.get(), mode & kModeBits) < 0 || fsync(fd.get()) < 0)) {
        written = failure(errno, "cannot write", name);
    }
    struct stat status{};
    if (written && expected &&
        (fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) < 0 ||
         FileIdentity::of(status) != *expected)) {
        written = failure(ESTALE, "the file was changed in the meantime", name);
    }
    if (written && renameat2(folder, fresh.c_str(), folder, name.c_str(), 0) < 0) {
        written = failure(errno, "cannot replace the file", name);
    }
    if (written && fsync(folder) < 0) {
        written = failure(errno, "cannot sync the folder", name);
    }
    if (!written) {
        unlinkat(folder, fresh.c_str(), 0);
    }
    return written;
}

Result<> replaceFile(const std::filesystem::path& path, std::string_view content,
                     const std::optional<FileIdentity>& expected) {
    const UniqueFd folder(open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder) {
        return failure(errno, "cannot open the folder", path.parent_path().string());
    }
    struct stat status{};
    const bool there = fstatat(folder.get(), path.filename().c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
    return replaceFile(folder.get(), path.filename(), content, there ? status.st_mode : kNewFile, expected);
}

} // namespace compositord
