// Reads the command line, builds the daemon, runs the loop.

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "base/log_flush.hpp"
#include "command_line.hpp"
#include "config.hpp"
#include "daemon.hpp"
#include "environment.hpp"
#include "settings.hpp"

#include <fmt/format.h>

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <span>

using namespace compositord;

namespace {

// Each client is a descriptor; the soft default of 1024 is for programs that use select(2).
constexpr rlim_t kDescriptors = 65536;

constexpr int kWrongSettings = 2;
constexpr int kAnotherOne = 3; // follows the compositor already

void raiseDescriptorLimit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < kDescriptors) {
        limit.rlim_cur = std::min(limit.rlim_max, kDescriptors);
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

Result<int> run(const SettingsSource& source, SettingsSource::Loaded settings, const Log& log) {
    auto environment = takeEnvironment();
    if (!environment) {
        return std::unexpected(environment.error());
    }
    auto loop = EventLoop::create();
    if (!loop) {
        return std::unexpected(loop.error());
    }
    const auto flush = LogFlush::create(*loop, log);
    if (!flush) {
        return std::unexpected(flush.error());
    }
    const auto daemon = Daemon::create(*loop, log, source, std::move(settings), std::move(*environment));
    if (!daemon) {
        return std::unexpected(daemon.error());
    }
    return loop->run();
}

} // namespace

int main(int argc, char** argv) {
    const auto line = parseCommandLine({argv, static_cast<std::size_t>(argc)});
    if (!line) {
        fmt::print(stderr, "compositord: {}\n", line.error().message());
        return kWrongSettings;
    }
    if (line->help) {
        fmt::print("{}", helpText());
        return EXIT_SUCCESS;
    }
    if (line->version) {
        fmt::print("compositord {}\n", kVersion);
        return EXIT_SUCCESS;
    }
    const SettingsSource source(configFolders(), line->config, homeFolder(), line->settings);
    auto settings = source.load();
    if (!settings) {
        for (const std::string& problem : settings.error()) {
            fmt::print(stderr, "compositord: {}\n", problem);
        }
        return kWrongSettings;
    }
    if (line->checkConfig) {
        fmt::print("{}", describe(settings->texts));
        return EXIT_SUCCESS;
    }
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN)); // a peer that went shows as an error of the write
    raiseDescriptorLimit();

    const Log log(settings->options.logLevels);
    log.output().setFile(settings->options.logFile);
    const auto code = run(source, *std::move(settings), log);
    if (!code) {
        log.error("{}", code.error().message());
        return code.error().code == EBUSY ? kAnotherOne : EXIT_FAILURE;
    }
    return *code;
}
