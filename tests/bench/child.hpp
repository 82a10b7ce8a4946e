// A server process under measurement: started with a pipe to read its port from, ended with its owner.
#pragma once

#include "socket.hpp"

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace bench {

class Child {
public:
    /// The port is the number after portPrefix in a line of the child's output (stdout and stderr); passed
    /// becomes its descriptor 3.
    Child(const std::vector<std::string>& command, const std::string& portPrefix, int passed = -1);
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    int port() const { return port_; }

    /// Time on a processor so far, of all threads.
    std::chrono::nanoseconds cpuTime() const;

    long residentKib() const;

private:
    pid_t pid_;
    Fd output_;
    int port_ = 0;
};

} // namespace bench
