#include "daemon.hpp"

#include "compositor/infinite_map_driver.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>

namespace compositord {

namespace {

// A compositor that came back spawns a companion while the one of its predecessor may still have the port.
// That one leaves when it finds out, within the time that its retries take.
constexpr std::chrono::milliseconds kListenRetry{100};
constexpr int kMostListenTries = 100;

/// A name for this run that no other one has.
std::string newInstance() {
    sd_id128_t id{};
    sd_id128_randomize(&id);
    std::array<char, SD_ID128_STRING_MAX> text{};
    return sd_id128_to_string(id, text.data());
}

} // namespace

Result<std::unique_ptr<Daemon>> Daemon::create(EventLoop& loop, const Log& log, const Options& options,
                                               Environment environment) {
    std::unique_ptr<Daemon> daemon(new Daemon(loop, log, options, std::move(environment)));
    if (auto started = daemon->start(); !started) {
        return std::unexpected(started.error());
    }
    return daemon;
}

Daemon::Daemon(EventLoop& loop, Log log, Options options, Environment environment)
    : loop_(loop), log_(std::move(log)), options_(std::move(options)), spawned_(environment.waylandSocket),
      environment_(std::move(environment)), world_(Compositor{.name = environment_.waylandDisplay,
                                                              .driver = InfiniteMapDriver::kName,
                                                              .reason = "not connected yet"}) {}

Daemon::~Daemon() {
    sd_notify(0, "STOPPING=1\nSTATUS=ending");
}

Result<> Daemon::start() {
    for (auto [number, source] : {std::pair{SIGTERM, &sigterm_}, std::pair{SIGINT, &sigint_}}) {
        auto added = loop_.addSignal(number, [this](int) {
            log_.info("ending");
            loop_.exit(0);
        });
        if (!added) {
            return std::unexpected(added.error());
        }
        *source = std::move(*added);
    }

    auto driver = InfiniteMapDriver::create(
        loop_, log_,
        {std::move(environment_.waylandSocket), environment_.waylandDisplay, environment_.runtimeDir},
        Driver::Listener{
            [this](Changes changes) { onCommit(std::move(changes)); },
            [this] {
                log_.info("the compositor that spawned this process is gone: ending");
                loop_.exit(0);
            },
        });
    if (!driver) {
        return std::unexpected(driver.error());
    }
    driver_ = std::move(*driver);

    auto again = loop_.addTimer([this] {
        if (auto listening = listen(); !listening) {
            log_.error("{}", listening.error().message());
            loop_.exit(1);
        }
    });
    if (!again) {
        return std::unexpected(again.error());
    }
    listenAgain_ = std::move(*again);
    if (auto watchdog = loop_.enableWatchdog(); !watchdog) {
        return watchdog;
    }
    return listen();
}

Result<> Daemon::listen() {
    auto socket = listenOn(options_.listen, options_.port);
    if (socket) {
        return serve(std::move(*socket));
    }
    if (!spawned_ || socket.error().code != EADDRINUSE || ++listenTries_ == kMostListenTries) {
        return std::unexpected(socket.error());
    }
    if (listenTries_ == 1) {
        log_.warn("{}; trying again for {} s", socket.error().message(),
                  std::chrono::duration_cast<std::chrono::seconds>(kListenRetry * kMostListenTries).count());
    }
    listenAgain_.arm(kListenRetry);
    return {};
}

Result<> Daemon::serve(ListeningSocket socket) {
    const std::string address = fmt::format("http://{}:{}/", urlHost(options_.listen), socket.port);
    Grants grants = Grants::usual();
    if (options_.allowInput) {
        grants = grants | Grants{Grant::input};
    }
    if (options_.allowInspect) {
        grants = grants | Grants{Grant::inspect};
    }
    auto server = Server::create(
        loop_, log_, world_,
        {std::move(socket), options_.webRoot, Access(options_.allowedOrigins), grants, newInstance()},
        [this](const Request& request) { return driver_->request(request); });
    if (!server) {
        return std::unexpected(server.error());
    }
    server_ = std::move(*server);
    log_.info("listening on {}", address);
    sd_notify(0, "READY=1");
    reportStatus();
    return {};
}

void Daemon::onCommit(Changes changes) {
    if (changes.compositor && !options_.allowInput) {
        changes.compositor->capabilities.input = false;
    }
    const auto set = world_.apply(std::move(changes));
    if (!set) {
        return;
    }
    if (server_) {
        server_->publish(*set);
    }
    if (set->changes.compositor) {
        reportStatus();
    }
}

void Daemon::reportStatus() {
    const Compositor& compositor = world_.compositor();
    const std::string status =
        compositor.connected ? fmt::format("STATUS=connected to {}", compositor.name)
                             : fmt::format("STATUS=waiting for {}: {}", compositor.name, compositor.reason);
    sd_notify(0, status.c_str());
}

} // namespace compositord
