#include "cli/run_program.hpp"

#include "base/handle.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace compositord::cli {

Outcome<Ran> runProgram(std::vector<std::string> words) {
    std::array<std::array<int, 2>, 2> pipes{};
    std::array<UniqueFd, 4> owned;
    for (std::size_t i = 0; i < pipes.size(); ++i) {
        if (pipe2(pipes.at(i).data(), O_CLOEXEC) < 0) {
            return problem(Exit::failed, "cannot make a pipe");
        }
        owned.at(2 * i) = UniqueFd(pipes.at(i)[0]);
        owned.at(2 * i + 1) = UniqueFd(pipes.at(i)[1]);
    }
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, owned[1].get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, owned[3].get(), STDERR_FILENO);
    pid_t child = 0;
    const int code = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (code != 0) {
        return problem(Exit::failed, fmt::format("cannot run {}: {}", words[0],
                                                 std::strerror(code))); // NOLINT(concurrency-mt-unsafe)
    }
    owned[1] = UniqueFd();
    owned[3] = UniqueFd();
    Ran ran;
    const auto drain = [](const UniqueFd& fd, std::string& text) {
        std::array<char, 4096> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
        for (ssize_t count = 0; (count = read(fd.get(), bytes.data(), bytes.size())) > 0;) {
            text.append(bytes.data(), static_cast<std::size_t>(count));
        }
    };
    drain(owned[0], ran.out);
    drain(owned[2], ran.err);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    ran.well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return ran;
}

} // namespace compositord::cli
