// Starting a process that inherits nothing but what it is given.
#pragma once

#include "base/error.hpp"
#include "base/handle.hpp"

#include <spawn.h>

#include <filesystem>
#include <string>
#include <vector>

namespace compositord {

/// posix_spawn's file actions and attributes: they report errors as numbers, which add up here.
class SpawnPlan {
public:
    SpawnPlan();
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan();

    void giveAs(int fd, int number);
    void workIn(const std::filesystem::path& folder);

    /// The program first, by its path. It has no other descriptors, signal mask or ignored signals of this
    /// process, and leads a process group of its own.
    Result<pid_t> spawn(const std::vector<std::string>& arguments,
                        const std::vector<std::string>& environment);

private:
    void note(int problem) { problem_ = problem_ != 0 ? problem_ : problem; }

    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
    int problem_ = 0;
};

/// What a process reads as its input: a file in memory rather than a pipe, so that nobody has to wait until
/// it reads.
Result<UniqueFd> inputFile(const std::string& text);

} // namespace compositord
