#include "codegen/confined_folder.hpp"

#include "base/files.hpp"
#include "base/utf8.hpp"
#include "codegen/atomic_file.hpp"

#include <fmt/format.h>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <ranges>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kLongestPath = 1024;
constexpr std::size_t kLongestLine = 300; // of a line that was found
constexpr mode_t kNewFile = 0644;
constexpr mode_t kNewFolder = 0755;
constexpr std::size_t kBinaryProbe = 8000; // bytes in which a NUL says that a file is no text, as for git

struct DirDeleter {
    void operator()(DIR* folder) const { closedir(folder); }
};

using DirHandle = std::unique_ptr<DIR, DirDeleter>;

bool isControl(char c) {
    constexpr char del = 0x7f;
    return (c >= 0 && c < ' ') || c == del;
}

bool isBelow(std::string_view path, std::string_view root) {
    return root.empty() || path == root || (path.starts_with(root) && path[root.size()] == '/');
}

std::string reason(int code) {
    switch (code) {
    case ELOOP:
        return "a symbolic link is in the path, and none is followed";
    case EXDEV:
        return "the path leads out of the repository";
    default:
        return "cannot open it";
    }
}

} // namespace

Result<std::string> ConfinedFolder::cleanPath(std::string_view path) {
    if (path.size() > kLongestPath || !isUtf8(path) || std::ranges::any_of(path, isControl)) {
        return failure(EINVAL, "the path is too long or has characters in it that no path needs");
    }
    if (path.starts_with('/')) {
        return failure(EACCES, "the path must be relative to the top of the repository", std::string(path));
    }
    std::string result;
    for (const auto part : std::views::split(path, '/')) {
        const std::string_view name(part.begin(), part.end());
        if (name.empty() || name == ".") {
            continue;
        }
        if (name == "..") {
            return failure(EACCES, "the path must not have \"..\" in it", std::string(path));
        }
        // In any letter case: there are file systems that do not tell them apart.
        if (name.size() == 4 && strncasecmp(name.data(), ".git", 4) == 0) {
            return failure(EACCES, "git's own files are out of bounds", std::string(path));
        }
        if (!result.empty()) {
            result += '/';
        }
        result += name;
    }
    return result;
}

Result<ConfinedFolder> ConfinedFolder::open(const std::filesystem::path& folder,
                                            const std::vector<std::string>& roots, Limits limits) {
    ConfinedFolder result;
    result.limits_ = limits;
    for (const std::string& root : roots) {
        auto clean = cleanPath(root);
        if (!clean) {
            return std::unexpected(clean.error());
        }
        result.roots_.push_back(std::move(*clean));
    }
    result.folder_ = UniqueFd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!result.folder_) {
        return failure(errno, "cannot open the folder", folder.string());
    }
    return result;
}

Result<UniqueFd> ConfinedFolder::openBelow(std::string_view path, int flags) const {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(static_cast<unsigned>(flags) | O_CLOEXEC);
    how.mode = (static_cast<unsigned>(flags) & O_CREAT) != 0 ? kNewFile : 0;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    const std::string name(path.empty() ? "." : path);
    UniqueFd fd(static_cast<int>(syscall(SYS_openat2, folder_.get(), name.c_str(), &how, sizeof how)));
    if (!fd) {
        return failure(errno, reason(errno), name);
    }
    return fd;
}

Result<UniqueFd> ConfinedFolder::openParent(std::string_view path, bool make) const {
    const std::size_t slash = path.rfind('/');
    const std::string_view parent = slash == std::string_view::npos ? "" : path.substr(0, slash);
    auto fd = openBelow(parent, O_RDONLY | O_DIRECTORY);
    if (fd || !make || fd.error().code != ENOENT) {
        return fd;
    }
    auto above = openParent(parent, true);
    if (!above) {
        return above;
    }
    const std::string name(parent.substr(parent.rfind('/') + 1)); // npos + 1 is 0
    if (mkdirat(above->get(), name.c_str(), kNewFolder) < 0 && errno != EEXIST) {
        return failure(errno, "cannot make the folder", std::string(parent));
    }
    return openBelow(parent, O_RDONLY | O_DIRECTORY);
}

Result<std::string> ConfinedFolder::read(std::string_view path) const {
    const auto clean = cleanPath(path);
    if (!clean) {
        return std::unexpected(clean.error());
    }
    // Not to wait for the other end of a fifo.
    auto fd = openBelow(*clean, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (!fd) {
        return std::unexpected(fd.error());
    }
    struct stat status{};
    if (fstat(fd->get(), &status) < 0 || !S_ISREG(status.st_mode)) {
        return failure(EISDIR, "it is no file", *clean);
    }
    return readAll(fd->get(), limits_.fileBytes, 0, *clean);
}

bool ConfinedFolder::isExecutable(std::string_view path) const {
    const auto clean = cleanPath(path);
    const auto fd = clean ? openBelow(*clean, O_PATH) : std::unexpected(clean.error());
    struct stat status{};
    return fd && fstat(fd->get(), &status) == 0 && (status.st_mode & S_IXUSR) != 0;
}

Result<std::vector<std::string>> ConfinedFolder::list(std::string_view path) const {
    const auto clean = cleanPath(path);
    if (!clean) {
        return std::unexpected(clean.error());
    }
    std::vector<std::string> result;
    std::vector<std::string> folders{*clean};
    while (!folders.empty() && result.size() < limits_.listedFiles) {
        const std::string folder = std::move(folders.back());
        folders.pop_back();
        auto fd = openBelow(folder, O_RDONLY | O_DIRECTORY);
        if (!fd) {
            if (folder == *clean) {
                return std::unexpected(fd.error());
            }
            continue;
        }
        const DirHandle entries(fdopendir(fd->get()));
        if (!entries) {
            return failure(errno, "cannot list it", folder);
        }
        fd->release(); // the handle's now
        std::vector<std::string> below;
        while (const dirent* entry = readdir(entries.get())) { // NOLINT(concurrency-mt-unsafe): own handle
            const std::string_view name(static_cast<const char*>(entry->d_name));
            if (name == "." || name == ".." || name == ".git") {
                continue;
            }
            std::string full = folder.empty() ? std::string(name) : folder + '/' + std::string(name);
            struct stat status{};
            if (fstatat(dirfd(entries.get()), static_cast<const char*>(entry->d_name), &status,
                        AT_SYMLINK_NOFOLLOW) < 0) {
                continue;
            }
            if (S_ISDIR(status.st_mode)) {
                below.push_back(std::move(full));
            } else if (S_ISREG(status.st_mode) && result.size() < limits_.listedFiles) {
                result.push_back(std::move(full));
            }
        }
        std::ranges::sort(below, std::greater{});
        folders.insert(folders.end(), below.begin(), below.end());
    }
    std::ranges::sort(result);
    return result;
}

Result<std::vector<ConfinedFolder::Found>> ConfinedFolder::search(std::string_view text,
                                                                  std::string_view path) const {
    if (text.empty() || text.contains('\n')) {
        return failure(EINVAL, "the text to search for must be part of one line");
    }
    const auto files = list(path);
    if (!files) {
        return std::unexpected(files.error());
    }
    std::vector<Found> result;
    std::size_t searched = 0;
    for (const std::string& file : *files) {
        const auto content = read(file);
        if (!content || std::string_view(*content).substr(0, kBinaryProbe).contains('\0')) {
            continue; // too large, gone, or no text
        }
        searched += content->size();
        std::size_t number = 0;
        for (const auto part : std::views::split(*content, '\n')) {
            const std::string_view line(part.begin(), part.end());
            ++number;
            if (line.contains(text)) {
                result.push_back({file, number, repairUtf8(line.substr(0, kLongestLine))});
            }
            if (result.size() >= limits_.foundLines) {
                return result;
            }
        }
        if (searched >= limits_.searchedBytes) {
            break;
        }
    }
    return result;
}

Result<> ConfinedFolder::mayWrite(std::string_view path) const {
    const auto clean = cleanPath(path);
    if (!clean) {
        return std::unexpected(clean.error());
    }
    if (clean->empty()) {
        return failure(EISDIR, "the path names no file", std::string(path));
    }
    if (std::ranges::none_of(roots_, [&](const std::string& root) { return isBelow(*clean, root); })) {
        return failure(
            EACCES, fmt::format("it may not be changed; what may be is below: {}", fmt::join(roots_, ", ")),
            *clean);
    }
    return {};
}

Result<> ConfinedFolder::write(std::string_view path, std::string_view content) const {
    if (auto may = mayWrite(path); !may) {
        return may;
    }
    const std::string clean = *cleanPath(path);
    if (content.size() > limits_.fileBytes) {
        return failure(EFBIG, fmt::format("it is larger than {} bytes", limits_.fileBytes), clean);
    }
    if (auto parent = openParent(clean, true); !parent) {
        return std::unexpected(parent.error());
    }
    auto fd = openBelow(clean, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY);
    if (!fd) {
        return std::unexpected(fd.error());
    }
    struct stat status{};
    if (fstat(fd->get(), &status) < 0 || !S_ISREG(status.st_mode)) {
        return failure(EISDIR, "it is no file", clean);
    }
    if (ftruncate(fd->get(), 0) < 0) {
        return failure(errno, "cannot write", clean);
    }
    return writeAll(fd->get(), content, clean);
}

Result<> ConfinedFolder::replace(std::string_view path, std::string_view content, bool executable) const {
    if (auto may = mayWrite(path); !may) {
        return may;
    }
    const std::string clean = *cleanPath(path);
    const auto parent = openParent(clean, true);
    if (!parent) {
        return std::unexpected(parent.error());
    }
    constexpr mode_t executableFile = 0755;
    return replaceFile(parent->get(), clean.substr(clean.rfind('/') + 1), content,
                       executable ? executableFile : kNewFile);
}

Result<> ConfinedFolder::remove(std::string_view path) const {
    if (auto may = mayWrite(path); !may) {
        return may;
    }
    const std::string clean = *cleanPath(path);
    const auto parent = openParent(clean, false);
    if (!parent) {
        return std::unexpected(parent.error());
    }
    const std::string name = clean.substr(clean.rfind('/') + 1);
    if (unlinkat(parent->get(), name.c_str(), 0) < 0) {
        return failure(errno, "cannot delete it", clean);
    }
    return {};
}

} // namespace compositord
