#include "session/child.hpp"

#include "base/spawn_plan.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

extern "C" {
#include <sys/pidfd.h> // of glibc 2.36 does not say so itself
}

namespace compositord {

namespace {

// After the end of all processes a pipe holds what it can hold, or somebody else has its end and writes on.
constexpr int kMostReadsAtEnd = 128;

// Mostly what is told to end does so at once. What does not is left to the guard.
constexpr std::chrono::milliseconds kLastWait{500};

} // namespace

Result<std::unique_ptr<Child>> Child::start(EventLoop& loop, const Settings& settings, const Command& command,
                                            Listener listener) {
    std::unique_ptr<Child> child(new Child(std::move(listener)));
    if (auto spawned = child->spawn(settings, command); !spawned) {
        return std::unexpected(spawned.error());
    }
    if (auto listening = child->listen(loop); !listening) {
        return std::unexpected(listening.error());
    }
    return child;
}

Result<> Child::spawn(const Settings& settings, const Command& command) {
    auto input = inputFile(command.input);
    if (!input) {
        return std::unexpected(input.error());
    }
    SpawnPlan plan;
    plan.giveAs(input->get(), STDIN_FILENO);
    std::array<UniqueFd, 2> theirs;
    for (const Stream stream : {Stream::out, Stream::err}) {
        std::array<int, 2> ends{};
        if (pipe2(ends.data(), O_CLOEXEC) < 0) {
            return failure(errno, "cannot make a pipe");
        }
        const auto index = std::to_underlying(stream);
        pipes_[index].fd = UniqueFd(ends[0]);
        theirs[index] = UniqueFd(ends[1]);
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
        plan.giveAs(ends[1], stream == Stream::out ? STDOUT_FILENO : STDERR_FILENO);
    }
    if (!command.folder.empty()) {
        plan.workIn(command.folder);
    }
    std::vector<std::string> arguments{settings.guard, std::to_string(settings.grace.count())};
    arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
    auto pid = plan.spawn(arguments, command.environment);
    if (!pid) {
        pid.error().where = command.folder.empty()
                                ? settings.guard.string()
                                : settings.guard.string() + " in " + command.folder.string();
        return std::unexpected(pid.error());
    }
    process_ = UniqueFd(pidfd_open(*pid, 0));
    if (!process_) {
        const int problem = errno;
        kill(*pid, SIGTERM);
        return failure(problem, "cannot follow a process");
    }
    return {};
}

Result<> Child::listen(EventLoop& loop) {
    for (const Stream stream : {Stream::out, Stream::err}) {
        Pipe& pipe = pipes_[std::to_underlying(stream)];
        // What a session prints is less urgent than all that moves on a screen.
        auto readable = loop.addIo(
            pipe.fd.get(), EPOLLIN, [this, stream](std::uint32_t) { onReadable(stream); }, Priority::idle);
        if (!readable) {
            return std::unexpected(readable.error());
        }
        pipe.readable = std::move(*readable);
    }
    auto pause = loop.addTimer([this] { resume(); });
    if (!pause) {
        return std::unexpected(pause.error());
    }
    pause_ = std::move(*pause);
    auto exited = loop.addIo(process_.get(), EPOLLIN, [this](std::uint32_t) { onExit(); }, Priority::idle);
    if (!exited) {
        return std::unexpected(exited.error());
    }
    exited_ = std::move(*exited);
    return {};
}

Child::~Child() {
    if (!process_) {
        return;
    }
    stop();
    pollfd ended{.fd = process_.get(), .events = POLLIN};
    siginfo_t info{};
    poll(&ended, 1, static_cast<int>(kLastWait.count()));
    waitid(P_PIDFD, static_cast<id_t>(process_.get()), &info, WEXITED | WNOHANG);
}

void Child::stop() {
    if (process_) {
        pidfd_send_signal(process_.get(), SIGTERM, nullptr, 0);
    }
}

bool Child::read(Stream stream) {
    Pipe& pipe = pipes_[std::to_underlying(stream)];
    if (!pipe.fd) {
        return false;
    }
    std::array<char, kMostAtOnce> bytes{};
    const ssize_t got = ::read(pipe.fd.get(), bytes.data(), bytes.size());
    if (got > 0) {
        listener_.onOutput(stream, {bytes.data(), static_cast<std::size_t>(got)});
        return true;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        pipe.readable.disarm(); // before the number may be somebody else's
        pipe.fd = UniqueFd();
    }
    return false;
}

void Child::onReadable(Stream stream) {
    if (read(stream)) {
        pipes_[std::to_underlying(stream)].readable.watch(0);
        pause_.arm(kPause);
    }
}

void Child::resume() {
    for (Pipe& pipe : pipes_) {
        if (pipe.fd) {
            pipe.readable.watch(EPOLLIN);
        }
    }
}

void Child::onExit() {
    siginfo_t info{};
    if (waitid(P_PIDFD, static_cast<id_t>(process_.get()), &info, WEXITED | WNOHANG) == 0 &&
        info.si_pid == 0) {
        return;
    }
    exited_.disarm();
    for (const Stream stream : {Stream::out, Stream::err}) {
        for (int i = 0; i < kMostReadsAtEnd && read(stream); ++i) {
        }
        Pipe& pipe = pipes_[std::to_underlying(stream)];
        pipe.readable = {};
        pipe.fd = UniqueFd();
    }
    pause_.disarm();
    process_ = UniqueFd();
    constexpr int signalled = 128;
    listener_.onEnd(info.si_code == CLD_EXITED ? info.si_status : signalled + info.si_status);
}

} // namespace compositord
