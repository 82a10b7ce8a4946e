// One daemon per compositor: who follows a compositor holds a lock in the runtime directory for as long as it
// runs. The compositor's own companion has a connection that nobody else can have, so it takes over from one
// that the session started; another one that comes second is told who was first.
#pragma once

#include "base/error.hpp"
#include "base/handle.hpp"

#include <filesystem>
#include <string>

namespace compositord {

class CompositorLock {
public:
    enum class Origin { session, spawned };

    /// Code EBUSY if another process has it. A companion asks one that the session started to leave, and gets
    /// the lock when it is asked for again after that one has left.
    static Result<CompositorLock> take(const std::string& runtimeDir, const std::string& display,
                                       Origin origin);

    CompositorLock() = default;
    CompositorLock(CompositorLock&& other) noexcept = default;
    CompositorLock& operator=(CompositorLock&& other) noexcept = default;
    CompositorLock(const CompositorLock&) = delete;
    CompositorLock& operator=(const CompositorLock&) = delete;

    /// Removes the file while the lock is held, so that nothing is left behind.
    ~CompositorLock();

    explicit operator bool() const { return static_cast<bool>(fd_); }

private:
    CompositorLock(UniqueFd fd, std::filesystem::path path) : fd_(std::move(fd)), path_(std::move(path)) {}

    UniqueFd fd_;
    std::filesystem::path path_;
};

} // namespace compositord
