// The composition root: joins the world, the driver, and the server, and lives as long as the program serves.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "codegen_keeper.hpp"
#include "compositor_lock.hpp"
#include "control_routes.hpp"
#include "environment.hpp"
#include "known_compositors.hpp"
#include "map_keeper.hpp"
#include "page_opener.hpp"
#include "realms.hpp"
#include "session_keeper.hpp"
#include "settings.hpp"
#include "web/listeners.hpp"
#include "web/server.hpp"
#include "web/tokens.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace compositord {

class Daemon {
public:
    /// `settings` are what `source` has said; it is asked again on SIGHUP.
    static Result<std::unique_ptr<Daemon>> create(EventLoop& loop, const Log& log, SettingsSource source,
                                                  SettingsSource::Loaded settings, Environment environment);

    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    ~Daemon();

private:
    Daemon(EventLoop& loop, Log log, SettingsSource source, SettingsSource::Loaded settings,
           Environment environment);
    Result<> start();
    Result<Tokens> readTokens() const;
    ReloadReport reload();
    void reloadSettings(ReloadReport& report);
    void reloadTokens(ReloadReport& report);
    Result<> claim();
    Result<> listen();
    Result<> openSockets();
    void addControlSocket(std::vector<ListeningSocket>& sockets) const;
    void watchWire(bool watched);
    void addControlRoutes(std::vector<std::string> listening);
    Result<> serve(std::vector<ListeningSocket> sockets);
    bool inputGranted() const;
    Result<> openRealms();
    Result<> openMap();
    Result<> openSessions();
    BusOutlet::Settings busSettings();
    void addTileRoutes();
    std::string bricksFolder() const;
    CommandResult onTileRequest(const Request& request);
    void onCompositors();
    void reportStatus();

    EventLoop& loop_;
    Log log_;
    SettingsSource source_;
    SettingTexts settings_; // as they were at the start
    Options options_;
    bool spawned_; // by a compositor
    int listenTries_ = 0;
    std::string display_; // of the compositor; empty if it has none
    Environment environment_;
    CompositorLock lock_; // of the compositor that is followed
    Tokens tokens_;
    EventSource sigterm_;
    EventSource sigint_;
    EventSource sighup_;
    EventSource listenAgain_;
    std::vector<KnownCompositor> known_;
    std::unique_ptr<Realms> realms_;
    std::string page_; // its address; empty: there is none
    std::unique_ptr<PageOpener> opener_;
    std::unique_ptr<CodegenKeeper> codegen_; // its steps are the sessions'
    std::unique_ptr<SessionKeeper> sessions_;
    std::unique_ptr<Server> server_; // its end still makes requests
    std::filesystem::path manifest_;
    std::unique_ptr<MapKeeper> map_; // its end still answers requests
};

} // namespace compositord
