#include "base/files.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <vector>

namespace compositord {

FileIdentity FileIdentity::of(const struct stat& status) {
    constexpr std::int64_t billion = 1000000000;
    return {status.st_dev, status.st_ino, status.st_size,
            status.st_mtim.tv_sec * billion + status.st_mtim.tv_nsec};
}

Result<std::filesystem::path> followLink(const std::filesystem::path& path) {
    std::error_code code;
    auto absolute = std::filesystem::absolute(path, code);
    if (code) {
        return failure(code.value(), "cannot make out the path", path.string());
    }
    if (!std::filesystem::is_symlink(absolute, code)) {
        return absolute;
    }
    auto target = std::filesystem::read_symlink(absolute, code);
    if (code) {
        return failure(code.value(), "cannot read the symbolic link", absolute.string());
    }
    target = (absolute.parent_path() / target).lexically_normal();
    if (std::filesystem::is_symlink(target, code)) {
        return failure(ELOOP, "it is a symbolic link to another one; name the file itself",
                       absolute.string());
    }
    return target;
}

Result<> writeAll(int fd, std::string_view bytes, const std::filesystem::path& path) {
    return writeAll(fd, std::span(&bytes, 1), path);
}

Result<> writeAll(int fd, std::span<const std::string_view> parts, const std::filesystem::path& path) {
    std::vector<iovec> rest;
    rest.reserve(parts.size());
    for (const std::string_view part : parts) {
        if (!part.empty()) {
            rest.push_back({const_cast<char*>(part.data()), part.size()}); // NOLINT: iovec's type
        }
    }
    auto first = rest.begin();
    while (first != rest.end()) {
        const auto count = std::min<std::ptrdiff_t>(rest.end() - first, IOV_MAX);
        const ssize_t written = writev(fd, &*first, static_cast<int>(count));
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return failure(errno, "cannot write", path.string());
        }
        auto left = static_cast<std::size_t>(written);
        while (first != rest.end() && left >= first->iov_len) {
            left -= first->iov_len;
            ++first;
        }
        if (left > 0) {
            first->iov_base = static_cast<char*>(first->iov_base) + left;
            first->iov_len -= left;
        }
    }
    return {};
}

Result<std::string> readAll(int fd, std::size_t limit, std::size_t padding,
                            const std::filesystem::path& path) {
    struct stat status{};
    if (fstat(fd, &status) < 0) {
        return failure(errno, "cannot read", path.string());
    }
    std::string text(static_cast<std::size_t>(status.st_size) + padding + 1, '\0');
    std::size_t size = 0;
    while (true) {
        if (size > limit) {
            return failure(EFBIG, fmt::format("it is larger than {} bytes", limit), path.string());
        }
        if (size + padding == text.size()) {
            text.resize(text.size() * 2); // it grows while it is read
        }
        const ssize_t got = read(fd, text.data() + size, text.size() - padding - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return failure(errno, "cannot read", path.string());
        }
        if (got == 0) {
            text.resize(size + padding);
            return text;
        }
        size += static_cast<std::size_t>(got);
    }
}

Result<> syncFolder(const std::filesystem::path& folder) {
    const UniqueFd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || fsync(fd.get()) < 0) {
        return failure(errno, "cannot sync the folder", folder.string());
    }
    return {};
}

Result<> removeTree(const std::filesystem::path& folder) {
    namespace fs = std::filesystem;
    std::error_code code;
    fs::remove_all(folder, code);
    if (code == std::errc::permission_denied || code == std::errc::operation_not_permitted) {
        std::vector<fs::path> folders{folder};
        while (!folders.empty()) {
            const fs::path next = std::move(folders.back());
            folders.pop_back();
            std::error_code ignored;
            fs::permissions(next, fs::perms::owner_all, fs::perm_options::add, ignored);
            for (fs::directory_iterator entry(next, ignored); entry != fs::directory_iterator();
                 entry.increment(ignored)) {
                if (entry->symlink_status(ignored).type() == fs::file_type::directory) {
                    folders.push_back(entry->path());
                }
            }
        }
        fs::remove_all(folder, code);
    }
    return code ? failure(code.value(), "cannot remove the folder", folder.string()) : Result<>();
}

bool isBeingWritten(int fd) {
    // A lease to read is not given while somebody may write. Who opens the file in this short time makes the
    // kernel send a signal, which must be one that does no harm.
    fcntl(fd, F_SETSIG, SIGURG);
    if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0) {
        return errno == EAGAIN;
    }
    fcntl(fd, F_SETLEASE, F_UNLCK);
    return false;
}

std::filesystem::path besideWithTime(const std::filesystem::path& path, std::string_view what) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const std::string name = fmt::format("{}.{}-{:%Y%m%dT%H%M%SZ}", path.string(), what, fmt::gmtime(now));
    std::filesystem::path candidate = name;
    std::error_code ignored;
    for (int i = 2; std::filesystem::exists(candidate, ignored); ++i) {
        candidate = fmt::format("{}-{}", name, i);
    }
    return candidate;
}

} // namespace compositord
