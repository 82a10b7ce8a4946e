#include "page_opener.hpp"

#include "base/percent.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>
#include <utility>

extern "C" {
#include <sys/pidfd.h> // of glibc 2.36 does not say so itself
}

namespace compositord {

namespace {

constexpr const char* kTool = "xdg-open";
constexpr std::size_t kMostAtOnce = 8; // it may stay as long as the browser does

/// Starts it in a session of its own, with no descriptors and signal settings of ours.
Result<pid_t> spawnTool(const std::string& address) {
    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    std::string program = kTool;
    std::string argument = address;
    const std::array<char*, 3> words{program.data(), argument.data(), nullptr};
    pid_t pid = 0;
    const int problem = posix_spawnp(&pid, kTool, &actions, &attributes, words.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (problem != 0) {
        return failure(problem, "cannot open the page", kTool);
    }
    return pid;
}

} // namespace

std::string fragmentFor(const Session& session) {
    const auto task = session.task.parameters.find("id");
    const bool shown = session.type == "codegen" && task != session.task.parameters.end();
    return shown ? "codegen=" + percentEncoded(task->second, "/") : "";
}

Result<std::unique_ptr<PageOpener>> PageOpener::create(EventLoop& loop, const Log& log) {
    std::unique_ptr<PageOpener> opener(new PageOpener(loop, log));
    auto sweep = loop.addDeferred([self = opener.get()] {
        std::erase_if(self->tools_, [](const std::unique_ptr<Tool>& tool) { return tool->ended; });
    });
    if (!sweep) {
        return std::unexpected(sweep.error());
    }
    opener->sweep_ = std::move(*sweep);
    return opener;
}

void PageOpener::open(const std::string& address) {
    if (tools_.size() >= kMostAtOnce) {
        log_.warn("the page is not opened: {} is busy with it already", kTool);
    } else if (auto started = start(address); !started) {
        log_.warn("{}", started.error().message());
    }
}

Result<> PageOpener::start(const std::string& address) {
    const auto pid = spawnTool(address);
    if (!pid) {
        return std::unexpected(pid.error());
    }
    auto tool = std::make_unique<Tool>();
    tool->process = UniqueFd(pidfd_open(*pid, 0));
    if (!tool->process) {
        return failure(errno, "cannot follow a process", kTool);
    }
    auto exited =
        loop_.addIo(tool->process.get(), EPOLLIN, [this, it = tool.get()](std::uint32_t) { onExit(*it); });
    if (!exited) {
        return std::unexpected(exited.error());
    }
    tool->exited = std::move(*exited);
    tools_.push_back(std::move(tool));
    return {};
}

void PageOpener::onExit(Tool& tool) {
    siginfo_t info{};
    waitid(P_PIDFD, static_cast<id_t>(tool.process.get()), &info, WEXITED);
    if (info.si_code != CLD_EXITED || info.si_status != 0) {
        log_.warn("{} could not open the page", kTool);
    }
    tool.exited.disarm();
    tool.ended = true;
    sweep_.trigger();
}

} // namespace compositord
