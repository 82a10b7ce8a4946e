#include "codegen/git.hpp"

#include "base/spawn_plan.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <utility>

namespace compositord {

namespace {

constexpr std::chrono::minutes kPatience{5};                // a large tree is checked out
constexpr std::size_t kMostOutput = std::size_t{64} << 20U; // bytes
constexpr std::size_t kMostWords = 2000;                    // of an error, its end

/// One end of a pipe that is read until its writers are gone.
struct Stream {
    UniqueFd fd;
    std::string text;
};

Result<UniqueFd> addPipe(SpawnPlan& plan, Stream& stream, int number) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) < 0) {
        return failure(errno, "cannot make a pipe");
    }
    stream.fd = UniqueFd(ends[0]);
    UniqueFd theirs(ends[1]);
    plan.giveAs(theirs.get(), number);
    return theirs;
}

/// False: it does not end, or writes too much.
bool readStreams(std::array<Stream, 2>& streams) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (streams[0].fd || streams[1].fd) {
        std::array<pollfd, 2> polls{{{streams[0].fd.get(), POLLIN, 0}, {streams[1].fd.get(), POLLIN, 0}}};
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            return false;
        }
        poll(polls.data(), polls.size(), static_cast<int>(left.count()));
        for (std::size_t i = 0; i < streams.size(); ++i) {
            if (!streams[i].fd || polls[i].revents == 0) {
                continue;
            }
            std::array<char, 65536> bytes{};
            const ssize_t got = read(streams[i].fd.get(), bytes.data(), bytes.size());
            if (got > 0) {
                streams[i].text.append(bytes.data(), static_cast<std::size_t>(got));
            } else if (got == 0 || errno != EINTR) {
                streams[i].fd = UniqueFd();
            }
            if (streams[i].text.size() > kMostOutput) {
                return false;
            }
        }
    }
    return true;
}

std::string trimmedEnd(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) {
        text.pop_back();
    }
    return text;
}

/// What finds programs and the user's settings, and nothing of GIT_*, which would lead elsewhere.
std::vector<std::string> usualEnvironment() {
    std::vector<std::string> result{"LC_ALL=C.UTF-8", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0",
                                    "GIT_EDITOR=true", "GIT_ADVICE=0"};
    for (const char* name : {"PATH", "HOME", "XDG_CONFIG_HOME", "USER", "LOGNAME"}) {
        if (const char* value = std::getenv(name)) { // NOLINT(concurrency-mt-unsafe): nobody sets any
            result.push_back(fmt::format("{}={}", name, value));
        }
    }
    return result;
}

} // namespace

Result<std::string> Git::run(const std::vector<std::string>& arguments, const Options& options) const {
    const std::string where =
        fmt::format("git {} in {}", arguments.empty() ? "" : arguments.front(), repository_.string());
    std::vector<std::string> words{"/usr/bin/env",
                                   "git",
                                   "-C",
                                   repository_,
                                   "--literal-pathspecs",
                                   "--no-pager",
                                   "-c",
                                   "core.hooksPath=/dev/null",
                                   "-c",
                                   "core.fsmonitor=false",
                                   "-c",
                                   "commit.gpgSign=false",
                                   "-c",
                                   "core.quotePath=false",
                                   "-c",
                                   "gc.auto=0"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    auto environment = usualEnvironment();
    environment.insert(environment.end(), options.environment.begin(), options.environment.end());

    auto input = inputFile(options.input);
    if (!input) {
        return std::unexpected(input.error());
    }
    SpawnPlan plan;
    plan.giveAs(input->get(), STDIN_FILENO);
    std::array<Stream, 2> streams;
    Result<pid_t> pid;
    {
        auto out = addPipe(plan, streams[0], STDOUT_FILENO);
        auto err = addPipe(plan, streams[1], STDERR_FILENO);
        if (!out || !err) {
            return std::unexpected(out ? err.error() : out.error());
        }
        pid = plan.spawn(words, environment);
    }
    if (!pid) {
        return std::unexpected(pid.error());
    }
    const bool ended = readStreams(streams);
    if (!ended) {
        kill(-*pid, SIGKILL);
    }
    int status = 0;
    while (waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!ended) {
        return failure(ETIMEDOUT, "git took too long or wrote too much, and was ended", where);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        return failure(ENOENT, "git cannot be run: install it", where);
    }
    if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || (WEXITSTATUS(status) == 1 && options.mayFail))) {
        return std::move(streams[0].text);
    }
    std::string said = trimmedEnd(std::move(streams[1].text));
    if (said.size() > kMostWords) {
        said.erase(0, said.size() - kMostWords);
    }
    return failure(0, said.empty() ? "git failed" : said, where);
}

Result<std::string> Git::line(const std::vector<std::string>& arguments) const {
    auto output = run(arguments);
    return output ? Result<std::string>(trimmedEnd(std::move(*output))) : output;
}

} // namespace compositord
