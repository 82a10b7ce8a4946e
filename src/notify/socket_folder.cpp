// Names are used through the folder's descriptor (as /proc/self/fd/N/NAME where a system call wants a path),
// so that what was checked is what is used, and a long path does not exceed what a socket's address can hold.

#include "notify/socket_folder.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace compositord {

namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kSocketMode = 0600;
constexpr int kBacklog = 16;

Result<sockaddr_un> addressIn(int folder, const std::string& name) {
    sockaddr_un address{.sun_family = AF_UNIX};
    const std::string path = fmt::format("/proc/self/fd/{}/{}", folder, name);
    if (path.size() >= sizeof(address.sun_path)) {
        return failure(ENAMETOOLONG, "cannot name a socket", name);
    }
    std::memcpy(static_cast<char*>(address.sun_path), path.c_str(), path.size() + 1);
    return address;
}

UniqueFd streamSocket() {
    return UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

template <class Call> int withAddress(Call call, int fd, const sockaddr_un& address) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the sockets interface asks for
    return call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
}

/// While it lives, no other process of this program looks at the folder's sockets.
class FolderLock {
public:
    /// Does not wait: who may read the folder could keep it locked.
    explicit FolderLock(int fd) : fd_(fd), held_(flock(fd_, LOCK_EX | LOCK_NB) == 0) {}

    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

    ~FolderLock() { flock(fd_, LOCK_UN); }

    explicit operator bool() const { return held_; }

private:
    int fd_;
    bool held_;
};

} // namespace

NamedSocket::~NamedSocket() {
    struct stat status{};
    if (fd_ && fstatat(folder_->get(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        status.st_dev == device_ && status.st_ino == inode_) {
        unlinkat(folder_->get(), name_.c_str(), 0);
    }
}

Result<SocketFolder> SocketFolder::open(const std::filesystem::path& path) {
    std::error_code code;
    std::filesystem::create_directories(path.parent_path(), code);
    if (mkdir(path.c_str(), kFolderMode) < 0 && errno != EEXIST) {
        return failure(errno, "cannot make the folder", path.string());
    }
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status{};
    if (!fd || fstat(fd.get(), &status) < 0) {
        return failure(errno, "cannot use the folder; it must not be a symbolic link", path.string());
    }
    if (status.st_uid != geteuid() && status.st_uid != 0) {
        return failure(EPERM, "the folder is somebody else's", path.string());
    }
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (status.st_mode & S_ISVTX) == 0) {
        return failure(EPERM, "others could replace what is in the folder", path.string());
    }
    return SocketFolder(path, std::move(fd));
}

Result<> SocketFolder::removeIfDead(const std::string& name) const {
    struct stat status{};
    const auto where = (path_ / name).string();
    if (fstatat(fd_->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) < 0) {
        return errno == ENOENT ? Result<>() : failure(errno, "cannot look at", where);
    }
    if (!S_ISSOCK(status.st_mode) || status.st_uid != geteuid()) {
        return failure(EADDRINUSE, "something that is not a socket of this user has the name", where);
    }
    const auto address = addressIn(fd_->get(), name);
    if (!address) {
        return std::unexpected(address.error());
    }
    const UniqueFd probe = streamSocket();
    if (!probe || withAddress(connect, probe.get(), *address) == 0 || errno != ECONNREFUSED) {
        return failure(EADDRINUSE, "another process serves the socket", where);
    }
    if (unlinkat(fd_->get(), name.c_str(), 0) < 0 && errno != ENOENT) {
        return failure(errno, "cannot remove the dead socket", where);
    }
    return {};
}

Result<NamedSocket> SocketFolder::listen(const std::string& name) const {
    const auto where = (path_ / name).string();
    const auto address = addressIn(fd_->get(), name);
    if (!address) {
        return std::unexpected(address.error());
    }
    const FolderLock lock(fd_->get());
    if (!lock) {
        return failure(EADDRINUSE, "another process is just looking at the sockets there", where);
    }
    if (auto removed = removeIfDead(name); !removed) {
        return std::unexpected(removed.error());
    }
    NamedSocket result;
    result.fd_ = streamSocket();
    struct stat status{};
    // The mode of the descriptor becomes that of the name: it never exists with another one.
    if (!result.fd_ || fchmod(result.fd(), kSocketMode) < 0 || withAddress(bind, result.fd(), *address) < 0 ||
        ::listen(result.fd(), kBacklog) < 0 ||
        fstatat(fd_->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) < 0) {
        const int problem = errno;
        return failure(problem, "cannot listen", where);
    }
    result.folder_ = fd_;
    result.name_ = name;
    result.device_ = status.st_dev;
    result.inode_ = status.st_ino;
    return result;
}

} // namespace compositord
