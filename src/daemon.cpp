#include "daemon.hpp"

#include "config.hpp"
#include "option_table.hpp"
#include "tile_step.hpp"
#include "web/session_routes.hpp"
#include "web/tile_routes.hpp"
#include "world/feasibility.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <utility>

namespace compositord {

namespace {

// A compositor that came back spawns a companion while the one of its predecessor may still have the port.
// That one leaves when it finds out, within the time that its retries take.
constexpr std::chrono::milliseconds kListenRetry{100};
constexpr int kMostListenTries = 100;

constexpr const char* kForControl = " for compositorctl";

/// A name for this run that no other one has.
std::string newInstance() {
    sd_id128_t id{};
    sd_id128_randomize(&id);
    std::array<char, SD_ID128_STRING_MAX> text{};
    return sd_id128_to_string(id, text.data());
}

} // namespace

Result<std::unique_ptr<Daemon>> Daemon::create(EventLoop& loop, const Log& log, SettingsSource source,
                                               SettingsSource::Loaded settings, Environment environment) {
    std::unique_ptr<Daemon> daemon(
        new Daemon(loop, log, std::move(source), std::move(settings), std::move(environment)));
    if (auto started = daemon->start(); !started) {
        return std::unexpected(started.error());
    }
    return daemon;
}

Daemon::Daemon(EventLoop& loop, Log log, SettingsSource source, SettingsSource::Loaded settings,
               Environment environment)
    : loop_(loop), log_(std::move(log)), source_(std::move(source)), settings_(std::move(settings.texts)),
      options_(std::move(settings.options)), spawned_(environment.compositor.waylandSocket),
      display_(environment.compositor.waylandDisplay), environment_(std::move(environment)),
      driverKind_(options_.driver ? *options_.driver : chooseDriver(environment_.compositor)),
      world_(Compositor{.name = environment_.compositor.waylandDisplay,
                        .driver = std::string(kDriverNames[std::to_underlying(driverKind_)]),
                        .reason = "not connected yet"}),
      instance_(newInstance()) {}

Daemon::~Daemon() {
    // Nobody looks at the tiles any more while the file is brought up to date.
    world_.showTiles(nullptr);
    if (driver_) {
        driver_->showTiles(nullptr);
    }
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

    auto tokens = readTokens();
    if (!tokens) {
        return std::unexpected(tokens.error());
    }
    tokens_ = *std::move(tokens);
    auto sighup = loop_.addSignal(SIGHUP, [this](int) { reload(); });
    if (!sighup) {
        return std::unexpected(sighup.error());
    }
    sighup_ = std::move(*sighup);

    if (!spawned_) {
        if (auto claimed = claim(); !claimed) {
            return claimed;
        }
    }
    auto driver = makeDriver(driverKind_, loop_, log_, std::move(environment_.compositor),
                             {
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
    if (auto opened = openMap(); !opened) {
        return opened;
    }
    if (auto opened = openSessions(); !opened) {
        return opened;
    }

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

Result<Tokens> Daemon::readTokens() const {
    if (!options_.tokenFile.empty()) {
        return Tokens::read(options_.tokenFile, options_.grants, false);
    }
    const std::string credential = environment_.credentialsDir + "/token";
    if (environment_.credentialsDir.empty() || !std::filesystem::exists(credential)) {
        return Tokens();
    }
    return Tokens::read(credential, options_.grants, true);
}

ReloadReport Daemon::reload() {
    // As sd_notify(3) wants it: a unit of type notify-reload counts as reloading until the READY=1.
    timespec now{};
    static_cast<void>(clock_gettime(CLOCK_MONOTONIC, &now));
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", now.tv_sec * 1'000'000LL + now.tv_nsec / 1000);
    ReloadReport report;
    reloadSettings(report);
    reloadTokens(report);
    sd_notify(0, "READY=1");
    return report;
}

void Daemon::reloadSettings(ReloadReport& report) {
    const auto loaded = source_.load();
    if (!loaded) {
        for (const std::string& problem : loaded.error()) {
            log_.error("{}", problem);
        }
        report.problems = loaded.error();
        log_.error("the settings stay as they were");
        return;
    }
    for (const std::string& name : changedSettings(settings_, loaded->texts)) {
        if (!findOption(name)->live) {
            log_.warn("the setting {} has changed, which needs a restart", name);
            report.needRestart.push_back(name);
        }
    }
    options_.logLevel = loaded->options.logLevel;
    options_.tokenFile = loaded->options.tokenFile;
    log_.setLevel(options_.logLevel);
}

void Daemon::reloadTokens(ReloadReport& report) {
    auto tokens = readTokens();
    if (!tokens) {
        log_.error("{}; the tokens stay as they were", tokens.error().message());
        report.problems.push_back(tokens.error().message());
        return;
    }
    if (tokens->empty()) {
        return; // there were none, and what came without them is still open to all
    }
    tokens_ = *std::move(tokens);
    log_.info("the tokens were read again");
    if (server_) {
        server_->setTokens(tokens_);
    }
    commit({.compositor = world_.compositor()});
}

Result<> Daemon::claim() {
    if (lock_ || display_.empty() || environment_.runtimeDir.empty()) {
        return {}; // nobody else can find a compositor that has no name
    }
    using Origin = CompositorLock::Origin;
    auto lock =
        CompositorLock::take(environment_.runtimeDir, display_, spawned_ ? Origin::spawned : Origin::session);
    if (!lock) {
        return std::unexpected(lock.error());
    }
    lock_ = *std::move(lock);
    return {};
}

Result<> Daemon::listen() {
    auto listening = claim();
    if (listening) {
        listening = openSockets();
    }
    const int code = listening ? 0 : listening.error().code;
    const bool mayPass = code == EADDRINUSE || code == EBUSY;
    if (listening || !spawned_ || !mayPass || ++listenTries_ == kMostListenTries) {
        return listening;
    }
    if (listenTries_ == 1) {
        log_.warn("{}; trying again for {} s", listening.error().message(),
                  std::chrono::duration_cast<std::chrono::seconds>(kListenRetry * kMostListenTries).count());
    }
    listenAgain_.arm(kListenRetry);
    return {};
}

Result<> Daemon::openSockets() {
    auto sockets = inheritListeners(!tokens_.empty());
    if (!sockets) {
        return std::unexpected(sockets.error());
    }
    if (!sockets->empty()) {
        addControlSocket(*sockets);
        return serve(*std::move(sockets));
    }
    ListenSettings settings{.orchestratorPort = options_.orchestratorPort,
                            .beyondLoopback = !tokens_.empty()};
    for (const std::string& text : options_.listen) {
        auto endpoint = parseEndpoint(text, options_.port);
        if (!endpoint) {
            return std::unexpected(endpoint.error());
        }
        settings.endpoints.push_back(*std::move(endpoint));
    }
    if (settings.endpoints.empty()) {
        settings.endpoints.push_back({.address = "127.0.0.1", .port = options_.port});
    }
    sockets = openListeners(settings, log_);
    if (!sockets) {
        return std::unexpected(sockets.error());
    }
    addControlSocket(*sockets);
    return serve(*std::move(sockets));
}

void Daemon::addControlSocket(std::vector<ListeningSocket>& sockets) const {
    std::string path = options_.controlSocket.value_or("");
    if (!options_.controlSocket && !environment_.runtimeDir.empty()) {
        path = environment_.runtimeDir + "/compositord/ctl.sock";
    }
    if (path.empty()) {
        return;
    }
    auto socket = listenForOwner(path);
    if (socket) {
        // Before the others: it is let go first, so that a successor that has got these finds it free.
        sockets.insert(sockets.begin(), *std::move(socket));
    } else {
        log_.warn("compositorctl does not reach this without the bus, but for --control-socket: {}",
                  socket.error().message());
    }
}

Result<> Daemon::serve(std::vector<ListeningSocket> sockets) {
    std::vector<std::string> addresses;
    for (const ListeningSocket& socket : sockets) {
        const bool encrypted = options_.tls.has_value() && !socket.endpoint.isUnix();
        if (page_.empty() && !socket.endpoint.isUnix() && !socket.orchestrator) {
            page_ = socket.endpoint.text(encrypted);
        }
        addresses.push_back(socket.endpoint.text(encrypted) + (socket.orchestrator
                                                                   ? " for orchestrator clients"
                                                               : socket.control ? kForControl
                                                                                : ""));
    }
    Access access({.origins = options_.allowedOrigins,
                   .hosts = options_.allowedHosts,
                   .grants = options_.grants,
                   .tokens = tokens_});
    auto server = Server::create(loop_, log_, world_,
                                 {.sockets = std::move(sockets),
                                  .webRoot = options_.webRoot,
                                  .access = std::move(access),
                                  .limits = options_.limits,
                                  .tls = options_.tls,
                                  .compress = options_.compress,
                                  .instance = instance_,
                                  .sessions = &sessions_->sessions(),
                                  .busMalformed = [this] { return sessions_->busMalformed(); },
                                  .progressMalformed = [this] { return sessions_->progressMalformed(); },
                                  .onWireWatched = [this](bool watched) { watchWire(watched); }},
                                 [this](const Request& request) { return onRequest(request); });
    if (!server) {
        return std::unexpected(server.error());
    }
    server_ = std::move(*server);
    addTileRoutes();
    addSessionRoutes(server_->routes(), server_->sessions());
    server_->offer(codegen_->service());
    std::ranges::stable_partition(addresses, [](const auto& each) { return !each.ends_with(kForControl); });
    for (const std::string& address : addresses) {
        log_.info("listening on {}", address);
    }
    addControlRoutes(std::move(addresses));
    sd_notify(0, "READY=1");
    reportStatus();
    return {};
}

bool Daemon::inputGranted() const {
    return (options_.grants | tokens_.granted()).has(Grant::input);
}

Result<> Daemon::openMap() {
    if (options_.manifest) {
        manifest_ = *options_.manifest;
    } else if (!environment_.stateDir.empty()) {
        manifest_ = std::filesystem::path(environment_.stateDir) / "compositord" / "manifest.json";
    }
    const auto show = [this] {
        world_.showTiles(map_->tiles());
        driver_->showTiles(map_->tiles());
        Changes changes{.compositor = world_.compositor(), .manyTiles = true};
        commit(std::move(changes));
    };
    auto map = MapKeeper::open(
        loop_, log_, {manifest_, options_.manifestDelay},
        {.onOpened = show,
         .onChanges = [this](std::vector<TileChange> tiles) { commit({.tiles = std::move(tiles)}); },
         .onManyChanges = [this] { commit({.manyTiles = true}); },
         .onNewsForCompositor = [this](const std::vector<Cell>& cells) { driver_->tell(cells); },
         .onAnswer =
             [this](const Request& request, const CommandResult& result) {
                 if (server_) {
                     server_->answer(request, result);
                 }
             }});
    if (!map) {
        return std::unexpected(map.error());
    }
    map_ = std::move(*map);
    if (map_->manifest() != nullptr) {
        show();
    }
    return {};
}

Result<> Daemon::openSessions() {
    auto opener = PageOpener::create(loop_, log_);
    if (!opener) {
        return std::unexpected(opener.error());
    }
    opener_ = std::move(*opener);
    // Where nothing says where a folder is, that which would be in it is not there.
    const auto folder = [](const std::optional<std::string>& chosen, const std::string& base,
                           const char* inBase) {
        return std::filesystem::path(chosen ? *chosen : base.empty() ? "" : base + inBase);
    };
    auto codegen = CodegenKeeper::open(
        loop_, log_,
        {.child = {.guard = findSessionGuard()},
         .folder = folder({}, environment_.stateDir, "/compositord/workspaces"),
         .kept = folder({}, environment_.stateDir, "/compositord/codegen"),
         .codegen = options_.codegen,
         .prompts = {kDefaultPrompts, folder({}, environment_.configDir, "/compositord/prompts")}});
    if (!codegen) {
        return std::unexpected(codegen.error());
    }
    codegen_ = std::move(*codegen);
    Builtins builtins = codegen_->builtins();
    builtins["tiles"] = tileStep({.tiles = [this] { return map_->tiles(); },
                                  .request = [this](const Request& request) { return onRequest(request); }});
    std::error_code code;
    auto sessions = SessionKeeper::open(
        loop_, log_,
        {.pipelines = {options_.pipelines, folder({}, environment_.configDir, "/compositord/pipelines")},
         .builtinPipelines = codegen_->pipelines(),
         .places = {{"pipelines", std::filesystem::absolute(options_.pipelines, code)},
                    {"bricks", std::filesystem::absolute(bricksFolder(), code)}},
         .builtins = std::move(builtins),
         .folder = folder(options_.sessionDir, environment_.stateDir, "/compositord/sessions"),
         .progress = folder(options_.progressDir, environment_.runtimeDir, "/compositord"),
         .atOnce = options_.sessionsAtOnce,
         .bus = busSettings()});
    if (!sessions) {
        return std::unexpected(sessions.error());
    }
    sessions_ = std::move(*sessions);
    codegen_->attach(sessions_->sessions());
    sessions_->offer(loop_, log_, codegen_->service());
    return {};
}

BusOutlet::Settings Daemon::busSettings() {
    BusOutlet::Settings settings{
        .address = options_.bus.value_or(environment_.busAddress),
        .facts = {
            .compositors = [this] { return std::vector{world_.compositor()}; },
            .clients = [this] { return server_ ? static_cast<std::uint32_t>(server_->clientCount()) : 0; },
            .revision = [this] { return world_.revision(); },
            .connect = [this]() -> Result<UniqueFd> {
                return server_ ? server_->connect() : failure(EAGAIN, "compositord is still starting");
            }},
        .notifications = {}};
    if (options_.notifications) {
        settings.notifications = {.fragment = &fragmentFor,
                                  .page = [this] { return page_; },
                                  .open = [this](const std::string& address) { opener_->open(address); }};
    }
    return settings;
}

std::string Daemon::bricksFolder() const {
    const auto folder = options_.bricks.empty() ? manifest_.parent_path().string() : options_.bricks;
    return folder.empty() ? "." : folder;
}

void Daemon::addTileRoutes() {
    compositord::addTileRoutes(
        server_->routes(),
        {.world = world_,
         .instance = instance_,
         .bricks = bricksFolder(),
         .manifestTag = [this] { return map_->manifest() != nullptr ? map_->manifest()->etag() : ""; },
         .manifestText = [this]() -> std::optional<HttpContent::Pieces> {
             auto text = map_->manifest()->text();
             return text ? std::optional(std::move(text->pieces)) : std::nullopt;
         },
         .manifestGzip = [this] { return map_->manifest()->gzipped(); }});
}

void Daemon::addControlRoutes(std::vector<std::string> listening) {
    compositord::addControlRoutes(server_->routes(),
                                  {.instance = instance_,
                                   .listening = std::move(listening),
                                   .worlds = [this] { return std::vector<const World*>{&world_}; },
                                   .gauges = [this] { return server_->gauges(); },
                                   .settings = [this] { return settings_; },
                                   .reload = [this] { return reload(); }});
}

void Daemon::watchWire(bool watched) {
    if (!watched) {
        driver_->watchWire({});
        return;
    }
    const auto tell = [this](std::string_view json) { server_->wire().tell(world_.compositor().name, json); };
    if (!driver_->watchWire(tell)) {
        tell(R"("problem":"compositord speaks to this compositor by other means than Wayland"})");
    }
}

void Daemon::onCommit(Changes changes) {
    if (changes.compositor) {
        compositorTakesInput_ = changes.compositor->capabilities.has(Capability::input);
    }
    const auto tiles = std::exchange(changes.tiles, {});
    commit(std::move(changes));
    if (map_) {
        map_->takeFromCompositor(tiles);
    }
}

void Daemon::commit(Changes changes) {
    if (changes.compositor) {
        // What nobody was granted is not offered either.
        Capabilities& capabilities = changes.compositor->capabilities;
        capabilities.set(Capability::input, compositorTakesInput_ && inputGranted());
        // They are kept here, whether the compositor shows them or not.
        capabilities.set(Capability::tiles, map_ && map_->manifest() != nullptr);
    }
    const auto set = world_.apply(std::move(changes));
    if (!set) {
        return;
    }
    if (server_) {
        server_->publish();
    }
    if (set->changes.compositor) {
        if (sessions_ && sessions_->bus() != nullptr) {
            sessions_->bus()->compositorsChanged();
        }
        reportStatus();
    }
}

CommandResult Daemon::onRequest(const Request& request) {
    if (const auto* put = std::get_if<PutTile>(&request.command)) {
        return map_->put(request, *put);
    }
    if (const auto* remove = std::get_if<RemoveTile>(&request.command)) {
        return map_->remove(request, *remove);
    }
    if (auto refusal = refusalBy(world_.compositor(), request.command)) {
        return std::unexpected(*std::move(refusal));
    }
    return driver_->request(request);
}

void Daemon::reportStatus() {
    const Compositor& compositor = world_.compositor();
    const std::string status =
        compositor.connected ? fmt::format("STATUS=connected to {}", compositor.name)
                             : fmt::format("STATUS=waiting for {}: {}", compositor.name, compositor.reason);
    sd_notify(0, status.c_str());
}

} // namespace compositord
