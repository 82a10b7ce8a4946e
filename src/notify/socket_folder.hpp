// A folder for sockets that only this user may use: made and used safely also where everybody may make files,
// such as /tmp.
#pragma once

#include "base/error.hpp"
#include "base/handle.hpp"

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>

namespace compositord {

class SocketFolder;

/// A listening socket with a name in a folder, which goes when this goes.
class NamedSocket {
public:
    NamedSocket() = default;
    NamedSocket(NamedSocket&&) noexcept = default;
    NamedSocket& operator=(NamedSocket&&) = delete;
    NamedSocket(const NamedSocket&) = delete;
    NamedSocket& operator=(const NamedSocket&) = delete;
    ~NamedSocket();

    int fd() const { return fd_.get(); }

private:
    friend class SocketFolder;
    std::shared_ptr<const UniqueFd> folder_;
    std::string name_;
    dev_t device_ = 0;
    ino_t inode_ = 0; // what the name stands for, unless somebody else took it
    UniqueFd fd_;
};

class SocketFolder {
public:
    /// Makes the folder with mode 0700 if it is not there. Refuses one that is a symbolic link, that neither
    /// this user nor root owns, or in which others could replace what is there.
    static Result<SocketFolder> open(const std::filesystem::path& path);

    /// Listens on a stream socket with mode 0600. A socket that is there but dead is replaced; one that
    /// somebody serves is not: code EADDRINUSE.
    Result<NamedSocket> listen(const std::string& name) const;

private:
    SocketFolder(std::filesystem::path path, UniqueFd fd)
        : path_(std::move(path)), fd_(std::make_shared<const UniqueFd>(std::move(fd))) {}

    Result<> removeIfDead(const std::string& name) const;

    std::filesystem::path path_;
    std::shared_ptr<const UniqueFd> fd_;
};

} // namespace compositord
