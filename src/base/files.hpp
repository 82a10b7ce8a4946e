// Files written so that a reader sees them whole and a crash loses nothing that was synced.
#pragma once

#include "base/error.hpp"
#include "base/handle.hpp"

#include <sys/stat.h>

#include <ctime>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace compositord {

/// Tells one state of a file from another: who replaced or edited it changed one of these.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t modified = 0; // nanoseconds

    static FileIdentity of(const struct stat& status);
    bool operator==(const FileIdentity&) const = default;
};

/// A path with the symbolic link at its end followed once. A link to a link is refused.
Result<std::filesystem::path> followLink(const std::filesystem::path& path);

Result<> writeAll(int fd, std::string_view bytes, const std::filesystem::path& path);

/// With as few calls as there can be.
Result<> writeAll(int fd, std::span<const std::string_view> parts, const std::filesystem::path& path);

/// The whole file and `padding` bytes more. Code EFBIG if it is larger than `limit`.
Result<std::string> readAll(int fd, std::size_t limit, std::size_t padding,
                            const std::filesystem::path& path);

Result<> syncFolder(const std::filesystem::path& folder);

/// A folder and all in it, also what a program left unreadable there. No error if there is none.
Result<> removeTree(const std::filesystem::path& folder);

/// Whether a program has the file open to write into it. False where the system cannot tell.
bool isBeingWritten(int fd);

/// A name beside the path that says what became of the file and when: "NAME.WHAT-20261121T130501Z".
std::filesystem::path besideWithTime(const std::filesystem::path& path, std::string_view what);

} // namespace compositord
