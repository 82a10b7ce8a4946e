// Lets a test come between the program and the kernel: this test program's own versions of some system calls
// take the place of libc's. Called on the thread that makes the call.
#pragma once

#include <functional>

namespace compositord::faults {

/// Called before each call of renameat2, which then goes on.
extern std::function<void(const char* from, const char* to, unsigned flags)> onRename;

/// Called instead of fsync and fdatasync unless it returns 0; what it returns is the errno.
extern std::function<int(int fd)> onSync;

/// While it lives, the calls above are made.
struct Reset {
    Reset() = default;
    Reset(const Reset&) = delete;
    Reset& operator=(const Reset&) = delete;

    ~Reset() {
        onRename = nullptr;
        onSync = nullptr;
    }
};

} // namespace compositord::faults
