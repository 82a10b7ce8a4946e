#include "base/spawn_plan.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace compositord {

namespace {

/// posix_spawn wants char*, and changes nothing.
std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> result;
    result.reserve(strings.size() + 1);
    for (const std::string& string : strings) {
        result.push_back(const_cast<char*>(string.c_str())); // NOLINT(cppcoreguidelines-pro-type-const-cast)
    }
    return result;
}

} // namespace

SpawnPlan::SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
}

SpawnPlan::~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
}

void SpawnPlan::giveAs(int fd, int number) {
    note(posix_spawn_file_actions_adddup2(&actions_, fd, number));
}

void SpawnPlan::workIn(const std::filesystem::path& folder) {
    note(posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str()));
}

Result<pid_t> SpawnPlan::spawn(const std::vector<std::string>& arguments,
                               const std::vector<std::string>& environment) {
    note(posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1));
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    note(posix_spawnattr_setsigmask(&attributes_, &none));
    note(posix_spawnattr_setsigdefault(&attributes_, &all));
    note(posix_spawnattr_setpgroup(&attributes_, 0));
    note(posix_spawnattr_setflags(&attributes_,
                                  POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
    auto words = pointers(arguments);
    words.push_back(nullptr);
    auto variables = pointers(environment);
    variables.push_back(nullptr);
    pid_t pid = 0;
    if (problem_ == 0) {
        problem_ = posix_spawn(&pid, words[0], &actions_, &attributes_, words.data(), variables.data());
    }
    if (problem_ != 0) {
        return failure(problem_, "cannot start a process");
    }
    return pid;
}

Result<UniqueFd> inputFile(const std::string& text) {
    UniqueFd file(text.empty() ? open("/dev/null", O_RDONLY | O_CLOEXEC)
                               : memfd_create("process-input", MFD_CLOEXEC));
    if (!file) {
        return failure(errno, "cannot make the input of a process");
    }
    if (!text.empty()) {
        if (auto written = writeAll(file.get(), text, "process-input"); !written) {
            return std::unexpected(written.error());
        }
        lseek(file.get(), 0, SEEK_SET);
    }
    return file;
}

} // namespace compositord
