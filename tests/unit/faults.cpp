#include "faults.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace compositord::faults {

std::function<void(const char* from, const char* to, unsigned flags)> onRename;
std::function<int(int fd)> onSync;

namespace {

int sync(int fd, long call) {
    if (const int problem = onSync ? onSync(fd) : 0; problem != 0) {
        errno = problem;
        return -1;
    }
    return static_cast<int>(syscall(call, fd));
}

} // namespace

} // namespace compositord::faults

extern "C" {

int renameat2(int fromFolder, const char* from, int toFolder, const char* to, unsigned flags) noexcept {
    if (compositord::faults::onRename) {
        compositord::faults::onRename(from, to, flags);
    }
    return static_cast<int>(syscall(SYS_renameat2, fromFolder, from, toFolder, to, flags));
}

int fsync(int fd) {
    return compositord::faults::sync(fd, SYS_fsync);
}

int fdatasync(int fd) {
    return compositord::faults::sync(fd, SYS_fdatasync);
}
}
