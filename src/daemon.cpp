#include "daemon.hpp"

#include "compositor_plan.hpp"
#include "config.hpp"
#include "log_routes.hpp"
#include "tile_step.hpp"
#include "web/session_routes.hpp"
#include "web/tile_routes.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
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
      display_(environment.compositor.waylandDisplay), environment_(std::move(environment)) {}

Daemon::~Daemon() {
    // Nobody looks at the tiles any more while the file is brought up to date.
    if (realms_) {
        realms_->showTiles(nullptr);
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
    auto sighup = loop_.addSignal(SIGHUP, [this](int) { static_cast<void>(reload()); });
    if (!sighup) {
        return std::unexpected(sighup.error());
    }
    sighup_ = std::move(*sighup);

    if (!spawned_) {
        if (auto claimed = claim(); !claimed) {
            return claimed;
        }
    }
    if (auto opened = openRealms(); !opened) {
        return opened;
    }
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

Result<> Daemon::claim() {
    if (lock_ || display_.empty() || environment_.runtimeDir.empty()) {
        return {}; // nobody else can find a compositor that has no name
    }
    if (!spawned_ && !options_.compositors.empty()) {
        return {}; // the settings say who is followed, and may well mean somebody else
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
    auto server = Server::create(loop_, log_,
                                 {.stages = realms_->stages(),
                                  .sockets = std::move(sockets),
                                  .webRoot = options_.webRoot,
                                  .access = std::move(access),
                                  .limits = options_.limits,
                                  .tls = options_.tls,
                                  .compress = options_.compress,
                                  .sessions = &sessions_->sessions(),
                                  .busMalformed = [this] { return sessions_->busMalformed(); },
                                  .progressMalformed = [this] { return sessions_->progressMalformed(); },
                                  .knownCompositors = toJson(known_),
                                  .onWireWatched = [this](bool watched) { watchWire(watched); }});
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
    const auto show = [this] { realms_->showTiles(map_->tiles()); };
    auto map = MapKeeper::open(
        loop_, log_, {manifest_, options_.manifestDelay},
        {.onOpened = show,
         .onChanges = [this](std::vector<TileChange> tiles) { realms_->commitTiles(std::move(tiles)); },
         .onManyChanges = [this] { realms_->commitManyTiles(); },
         .onNewsForCompositor = [this](const std::vector<Cell>& cells) { realms_->tell(cells); },
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
    builtins["tiles"] =
        tileStep({.tiles = [this] { return map_->tiles(); },
                  .request = [this](const Request& request) { return realms_->request(request); }});
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
            .compositors = [this] { return realms_->compositors(); },
            .clients = [this] { return server_ ? static_cast<std::uint32_t>(server_->clientCount()) : 0; },
            .revision = [this] { return realms_->usual().revision(); },
            .connect = [this]() -> Result<UniqueFd> {
                return server_ ? server_->connect() : failure(EAGAIN, "compositord is still starting");
            },
            .reload = [this]() -> std::expected<std::vector<std::string>, Problems> {
                ReloadReport report = reload();
                if (!report.problems.empty()) {
                    return std::unexpected(std::move(report.problems));
                }
                return std::move(report.needRestart);
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
        {.world = realms_->usual(),
         .instance = realms_->instance(),
         .bricks = bricksFolder(),
         .manifestTag = [this] { return map_->manifest() != nullptr ? map_->manifest()->etag() : ""; },
         .manifestText = [this]() -> std::optional<HttpContent::Pieces> {
             auto text = map_->manifest()->text();
             return text ? std::optional(std::move(text->pieces)) : std::nullopt;
         },
         .manifestGzip = [this] { return map_->manifest()->gzipped(); }});
}

void Daemon::addControlRoutes(std::vector<std::string> listening) {
    compositord::addControlRoutes(server_->routes(), {.instance = realms_->instance(),
                                                      .listening = std::move(listening),
                                                      .worlds = [this] { return realms_->worlds(); },
                                                      .gauges = [this] { return server_->gauges(); },
                                                      .settings = [this] { return settings_; },
                                                      .reload = [this] { return reload(); }});
    addLogRoutes(server_->routes(), log_.output());
}

void Daemon::watchWire(bool watched) {
    realms_->watchWire(watched, [this](const std::string& compositor, std::string_view json) {
        server_->wire().tell(compositor, json);
    });
}

Result<> Daemon::openRealms() {
    const std::filesystem::path config = environment_.configDir;
    auto known = knownCompositors(config.empty() ? config : config / "compositord" / "compositors.json");
    if (!known) {
        return std::unexpected(known.error());
    }
    known_ = *std::move(known);
    auto plans = planRealms(options_, environment_, known_);
    if (!plans) {
        return std::unexpected(plans.error());
    }
    realms_ = std::make_unique<Realms>(
        *std::move(plans),
        Realms::Listener{.onNews =
                             [this](const World& world) {
                                 if (server_) {
                                     server_->publish(world);
                                 }
                             },
                         .onCompositors = [this] { onCompositors(); },
                         .onTiles =
                             [this](const std::vector<TileChange>& tiles) {
                                 if (map_) {
                                     map_->takeFromCompositor(tiles);
                                 }
                             },
                         .onTileRequest = [this](const Request& request) { return onTileRequest(request); },
                         .onSuperseded =
                             [this] {
                                 log_.info("the compositor that spawned this process is gone: ending");
                                 loop_.exit(0);
                             },
                         .inputGranted = [this] { return inputGranted(); },
                         .tilesKept = [this] { return map_ && map_->manifest() != nullptr; }});
    return realms_->start(loop_, log_);
}

CommandResult Daemon::onTileRequest(const Request& request) {
    if (const auto* put = std::get_if<PutTile>(&request.command)) {
        return map_->put(request, *put);
    }
    return map_->remove(request, std::get<RemoveTile>(request.command));
}

void Daemon::onCompositors() {
    if (sessions_ && sessions_->bus() != nullptr) {
        sessions_->bus()->compositorsChanged();
    }
    reportStatus();
}

void Daemon::reportStatus() {
    std::string connected;
    std::string waiting;
    for (const Compositor& compositor : realms_->compositors()) {
        std::string& list = compositor.connected ? connected : waiting;
        list += list.empty() ? "" : ", ";
        list += compositor.connected ? compositor.name
                                     : fmt::format("{}: {}", compositor.name, compositor.reason);
    }
    const std::string status = fmt::format("STATUS={}{}{}{}{}", connected.empty() ? "" : "connected to ",
                                           connected, connected.empty() || waiting.empty() ? "" : "; ",
                                           waiting.empty() ? "" : "waiting for ", waiting);
    sd_notify(0, status.c_str());
}

} // namespace compositord
