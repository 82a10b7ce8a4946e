#include "compositor_lock.hpp"

#include "base/files.hpp"
#include "base/process.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <optional>
#include <string_view>
#include <utility>

namespace compositord {

namespace {

constexpr mode_t kOwnOnly = 0600;
constexpr std::string_view kSpawned = " spawned";

/// "wayland-1", or a path that was named, made fit for the name of a file.
std::filesystem::path fileFor(const std::string& runtimeDir, const std::string& display) {
    std::string name =
        display.starts_with(runtimeDir + "/") ? display.substr(runtimeDir.size() + 1) : display;
    std::ranges::replace(name, '/', '_');
    return std::filesystem::path(runtimeDir) / fmt::format("compositord-{}.lock", name);
}

/// Who wrote itself into the file.
struct Holder {
    pid_t pid = 0;
    bool spawned = false;
};

std::optional<Holder> readHolder(int fd) {
    std::array<char, 64> bytes{};
    const auto count = ::pread(fd, bytes.data(), bytes.size(), 0);
    const std::string_view text(bytes.data(), count < 0 ? 0 : static_cast<std::size_t>(count));
    Holder holder;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), holder.pid);
    if (parsed.ec != std::errc() || holder.pid <= 1) {
        return std::nullopt; // it has the lock and not written yet
    }
    holder.spawned = text.substr(static_cast<std::size_t>(parsed.ptr - text.data())).starts_with(kSpawned);
    return holder;
}

/// Whether the file is still the one of that name: its holder may have removed it meanwhile.
bool isStill(const UniqueFd& fd, const std::filesystem::path& path) {
    struct stat ours{};
    struct stat named{};
    return fstat(fd.get(), &ours) == 0 && stat(path.c_str(), &named) == 0 && ours.st_ino == named.st_ino &&
           ours.st_dev == named.st_dev;
}

Error refused(const UniqueFd& fd, const std::string& display, CompositorLock::Origin origin) {
    const auto holder = readHolder(fd.get());
    const auto process = holder ? processOf(holder->pid) : std::nullopt;
    const std::string who = process ? process->text() : "another compositord";
    if (origin == CompositorLock::Origin::spawned) {
        // The number is true: whoever wrote it holds the lock at this moment.
        const bool asked = holder && !holder->spawned && ::kill(holder->pid, SIGTERM) == 0;
        return {EBUSY,
                fmt::format("the compositor {} is followed already by {}{}", display, who,
                            asked ? ", which was asked to leave it to this one, which the compositor started"
                                  : ""),
                {},
                true};
    }
    const std::string remedy =
        holder && holder->spawned ? "the compositor itself started that one, and there is nothing more to do"
        : holder                  ? fmt::format("end that one first (kill {}, or systemctl --user stop "
                                                                 "compositord), or set WAYLAND_DISPLAY to another compositor",
                                                holder->pid)
                                  : "end that one first";
    return {EBUSY,
            fmt::format("the compositor {} is followed already by {}: {}", display, who, remedy),
            {},
            true};
}

} // namespace

Result<CompositorLock> CompositorLock::take(const std::string& runtimeDir, const std::string& display,
                                            Origin origin) {
    const auto path = fileFor(runtimeDir, display);
    for (;;) {
        UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnOnly));
        if (!fd) {
            return failure(errno, "cannot lock the compositor for this daemon", path.string());
        }
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) < 0) {
            return errno == EWOULDBLOCK
                       ? Result<CompositorLock>(std::unexpected(refused(fd, display, origin)))
                       : failure(errno, "cannot lock the compositor for this daemon", path.string());
        }
        if (!isStill(fd, path)) {
            continue;
        }
        const std::string text = fmt::format("{}{}\n", ::getpid(), origin == Origin::spawned ? kSpawned : "");
        if (::ftruncate(fd.get(), 0) < 0) {
            return failure(errno, "cannot lock the compositor for this daemon", path.string());
        }
        if (auto written = writeAll(fd.get(), text, path); !written) {
            return std::unexpected(written.error());
        }
        return CompositorLock(std::move(fd), path);
    }
}

CompositorLock::~CompositorLock() {
    if (fd_) {
        ::unlink(path_.c_str());
    }
}

} // namespace compositord
