// Reads the command line, builds the daemon, runs the loop.

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "config.hpp"
#include "daemon.hpp"
#include "environment.hpp"
#include "options.hpp"

#include <fmt/format.h>

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <span>

using namespace compositord;

namespace {

// Each client is a descriptor; the soft default of 1024 is for programs that use select(2).
constexpr rlim_t kDescriptors = 65536;

void raiseDescriptorLimit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < kDescriptors) {
        limit.rlim_cur = std::min(limit.rlim_max, kDescriptors);
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

Result<int> run(const Options& options, const Log& log) {
    auto environment = takeEnvironment();
    if (!environment) {
        return std::unexpected(environment.error());
    }
    auto loop = EventLoop::create();
    if (!loop) {
        return std::unexpected(loop.error());
    }
    const auto daemon = Daemon::create(*loop, log, options, std::move(*environment));
    if (!daemon) {
        return std::unexpected(daemon.error());
    }
    return loop->run();
}

} // namespace

int main(int argc, char** argv) {
    const auto options = parseOptions({argv, static_cast<std::size_t>(argc)});
    if (!options) {
        fmt::print(stderr, "compositord: {}\n", options.error().message());
        return 2;
    }
    if (options->help) {
        fmt::print("{}", helpText());
        return EXIT_SUCCESS;
    }
    if (options->version) {
        fmt::print("compositord {}\n", kVersion);
        return EXIT_SUCCESS;
    }
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN)); // a peer that went shows as an error of the write
    raiseDescriptorLimit();

    const Log log(options->logLevel);
    const auto code = run(*options, log);
    if (!code) {
        log.error("{}", code.error().message());
        return EXIT_FAILURE;
    }
    return *code;
}
