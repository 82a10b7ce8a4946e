// What a benchmark of a server needs around it.
#pragma once

#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace bench {

/// A new XDG_RUNTIME_DIR, removed with this object.
class RuntimeDirectory {
public:
    RuntimeDirectory() {
        std::string name = "/tmp/cbench-XXXXXX";
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("cannot make a directory in /tmp");
        }
        path_ = name;
        setenv("XDG_RUNTIME_DIR", name.c_str(), 1);
    }

    RuntimeDirectory(const RuntimeDirectory&) = delete;
    RuntimeDirectory& operator=(const RuntimeDirectory&) = delete;

    ~RuntimeDirectory() { std::filesystem::remove_all(path_); }

private:
    std::filesystem::path path_;
};

/// Each client is a descriptor here and one in the server.
inline void allowManyDescriptors() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace bench
