// A server process under measurement.
#include "child.hpp"

#include <fmt/core.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace bench {

namespace {

constexpr int kPassedDescriptor = 3;
constexpr int kLogBytes = 1 << 20;

[[noreturn]] void become(const std::vector<std::string>& command, int output, int passed) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    if (passed == kPassedDescriptor) {
        fcntl(passed, F_SETFD, 0);
    } else if (passed >= 0) {
        dup2(passed, kPassedDescriptor);
    }
    std::vector<char*> words;
    words.reserve(command.size() + 1);
    for (const std::string& word : command) {
        words.push_back(
            const_cast<char*>(word.c_str())); // NOLINT(cppcoreguidelines-pro-type-const-cast): execv's type
    }
    words.push_back(nullptr);
    execv(words.front(), words.data());
    _exit(127);
}

} // namespace

Child::Child(const std::vector<std::string>& command, const std::string& portPrefix, int passed) : pid_(-1) {
    std::array<int, 2> ends{};
    check(pipe2(ends.data(), O_CLOEXEC), "pipe");
    output_ = Fd(ends[0]);
    Fd childEnd(ends[1]);
    // Nobody reads the log after the port's line: room for a line per client.
    check(fcntl(childEnd.get(), F_SETPIPE_SZ, kLogBytes), "F_SETPIPE_SZ");
    pid_ = check(fork(), "fork");
    if (pid_ == 0) {
        become(command, childEnd.get(), passed);
    }
    childEnd = Fd();
    std::string printed;
    std::array<char, 4096> chunk{};
    while (port_ == 0) {
        const int size = check(static_cast<int>(::read(output_.get(), chunk.data(), chunk.size())), "read");
        if (size == 0) {
            waitpid(pid_, nullptr, 0);
            throw std::runtime_error(fmt::format("{} ended at once: {}", command.front(), printed));
        }
        printed.append(chunk.data(), static_cast<std::size_t>(size));
        const std::size_t at = printed.find(portPrefix);
        if (at != std::string::npos &&
            printed.find_first_of("/\n", at + portPrefix.size()) != std::string::npos) {
            port_ = std::atoi(printed.c_str() + at + portPrefix.size()); // NOLINT(cert-err34-c): 0 is no port
        }
    }
}

Child::~Child() {
    if (pid_ > 0) {
        kill(pid_, SIGTERM);
        waitpid(pid_, nullptr, 0);
    }
}

std::chrono::nanoseconds Child::cpuTime() const {
    std::chrono::nanoseconds sum{};
    for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", pid_))) {
        std::int64_t onProcessor = 0;
        std::ifstream(task.path() / "schedstat") >> onProcessor;
        sum += std::chrono::nanoseconds(onProcessor);
    }
    return sum;
}

long Child::residentKib() const {
    std::ifstream status(fmt::format("/proc/{}/status", pid_));
    for (std::string word; status >> word;) {
        if (word == "VmRSS:") {
            long kib = 0;
            status >> kib;
            return kib;
        }
    }
    return 0;
}

} // namespace bench
