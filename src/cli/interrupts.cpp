#include "cli/interrupts.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace compositord::cli {

Outcome<UniqueFd> takeInterrupts(bool resizes) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (resizes) {
        sigaddset(&signals, SIGWINCH);
    }
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    UniqueFd fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
    return fd ? Outcome<UniqueFd>(std::move(fd)) : problem(Exit::failed, "cannot wait for Ctrl-C");
}

Ready waitFor(int descriptor, int interrupts, std::optional<std::chrono::milliseconds> longest) {
    std::array<pollfd, 2> ready{pollfd{.fd = descriptor, .events = POLLIN},
                                pollfd{.fd = interrupts, .events = POLLIN}};
    const int time = descriptor < 0 ? 0 : longest ? static_cast<int>(longest->count()) : -1;
    poll(ready.data(), ready.size(), time);
    Ready result{.readable = descriptor < 0 || ready[0].revents != 0};
    signalfd_siginfo info{};
    while ((ready[1].revents & POLLIN) != 0 && read(interrupts, &info, sizeof info) > 0) {
        (info.ssi_signo == SIGWINCH ? result.resized : result.interrupted) = true;
    }
    return result;
}

} // namespace compositord::cli
