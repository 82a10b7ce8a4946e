// compositord-session-guard GRACE_MS PROGRAM ARGUMENT...
// Runs a program and ends with its status, and takes care that nothing the program started lives longer: not
// what moved to a process group or session of its own, and not when compositord itself was killed. Children
// of children whose parents died come to this process (PR_SET_CHILD_SUBREAPER); a process group or the death
// of a pipe alone would miss them. SIGTERM ends it all: everything gets SIGTERM, and what is still there
// after the grace time SIGKILL.

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kCannotRun = 127; // as shells have it
constexpr int kSignalled = 128;
constexpr auto kRound = std::chrono::milliseconds(20); // between two looks at what is left

/// The processes that have this one as their parent, from /proc.
std::vector<pid_t> childrenOf(pid_t parent) {
    std::vector<pid_t> result;
    const std::string folder = "/proc/" + std::to_string(parent) + "/task";
    DIR* threads = opendir(folder.c_str());
    if (threads == nullptr) {
        return result;
    }
    while (const dirent* thread = readdir(threads)) { // NOLINT(concurrency-mt-unsafe): one thread
        if (thread->d_name[0] == '.') {
            continue;
        }
        const std::string path = folder + "/" + static_cast<const char*>(thread->d_name) + "/children";
        const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            continue;
        }
        std::string text;
        std::array<char, 4096> buffer{};
        for (ssize_t got = 0; (got = read(fd, buffer.data(), buffer.size())) > 0;) {
            text.append(buffer.data(), static_cast<std::size_t>(got));
        }
        close(fd);
        const char* at = text.data();
        const char* const end = at + text.size();
        for (pid_t child = 0; at < end;) {
            const auto parsed = std::from_chars(at, end, child);
            if (parsed.ec != std::errc()) {
                break;
            }
            result.push_back(child);
            at = parsed.ptr + 1; // each is followed by a space
        }
    }
    closedir(threads);
    return result;
}

/// All that descends from this process and is known at this moment.
std::vector<pid_t> descendants() {
    std::vector<pid_t> result = childrenOf(getpid());
    for (std::size_t i = 0; i < result.size(); ++i) {
        const auto more = childrenOf(result[i]);
        result.insert(result.end(), more.begin(), more.end());
    }
    return result;
}

void signalAll(int number) {
    for (const pid_t process : descendants()) {
        kill(process, number);
    }
}

class Guard {
public:
    Guard(pid_t program, std::chrono::milliseconds grace) : program_(program), grace_(grace) {}

    /// Returns when nothing is left, with the program's status.
    int run(const sigset_t& signals);

private:
    /// Whether there are children still.
    bool reap();
    void endAll();

    pid_t program_;
    std::chrono::milliseconds grace_;
    int status_ = 0;
    Clock::time_point killAt_ = Clock::time_point::max();
};

bool Guard::reap() {
    int status = 0;
    pid_t gone = 0;
    while ((gone = waitpid(-1, &status, WNOHANG)) > 0) {
        if (gone == program_) {
            status_ = WIFSIGNALED(status) ? kSignalled + WTERMSIG(status) : WEXITSTATUS(status);
            endAll(); // what it left in the background ends with it
        }
    }
    return gone == 0;
}

void Guard::endAll() {
    if (killAt_ == Clock::time_point::max()) {
        killAt_ = Clock::now() + grace_;
        signalAll(SIGTERM);
        signalAll(SIGCONT); // one that is stopped could not end
    }
}

int Guard::run(const sigset_t& signals) {
    while (reap()) {
        const bool ending = killAt_ != Clock::time_point::max();
        if (ending && Clock::now() >= killAt_) {
            signalAll(SIGKILL);
        }
        // The end of a descendant that is not a child yet tells nobody here, so that a look is needed while
        // ending.
        const timespec wait{.tv_nsec = std::chrono::nanoseconds(kRound).count()};
        const int number = ending ? sigtimedwait(&signals, nullptr, &wait) : sigwaitinfo(&signals, nullptr);
        if (number == SIGTERM) {
            endAll();
        }
    }
    return status_;
}

} // namespace

int main(int argc, char** argv) {
    int grace = 0;
    if (argc < 3 || std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), grace).ec != std::errc()) {
        (void)std::fputs("usage: compositord-session-guard GRACE_MS PROGRAM ARGUMENT...\n", stderr);
        return 2;
    }
    const pid_t parent = getppid();
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (getppid() != parent || parent == 1) {
        return kCannotRun; // who started this is gone already
    }

    const pid_t program = fork();
    if (program < 0) {
        std::perror("cannot start a process");
        return kCannotRun;
    }
    if (program == 0) {
        setpgid(0, 0);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, nullptr);
        execvp(argv[2], argv + 2);
        std::perror(argv[2]);
        _exit(kCannotRun);
    }
    // Only the program holds its output: who reads it sees its end.
    close(STDOUT_FILENO);
    close(STDIN_FILENO);
    return Guard(program, std::chrono::milliseconds(grace)).run(signals);
}
