// What compositord does, as its user wants it.
#pragma once

#include "base/log.hpp"
#include "codegen/codegen_settings.hpp"
#include "compositor_settings.hpp"
#include "web/compression.hpp"
#include "web/connections.hpp"
#include "web/grants.hpp"
#include "web/web_context.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace compositord {

struct Options {
    std::vector<std::string> listen;          // addresses; empty: on loopback
    std::optional<std::string> controlSocket; // none: the usual place; empty: no socket
    std::uint16_t port = 8765;
    std::uint16_t orchestratorPort = 8787; // 0: none
    std::string webRoot;
    std::vector<std::string> allowedOrigins;
    std::vector<std::string> allowedHosts;
    std::optional<DriverKind> driver;            // none: the best one for what is found
    std::vector<CompositorSettings> compositors; // empty: the one of the environment
    Grants grants = Grants::usual();             // of whoever needs no token, and of tokens that name none
    bool allowInput = false;                     // is in grants as well
    bool notifications = true;                   // on the desktop
    Compress compress = Compress::remote;
    LogLevels logLevels;
    std::string tokenFile;
    std::optional<TlsFiles> tls;
    Connections::Limits limits;
    std::optional<std::string> manifest;           // none: the usual place
    std::string bricks;                            // empty: the manifest's folder
    std::chrono::milliseconds manifestDelay{1000}; // how long the file may lack a change
    std::string pipelines;                         // folder of session types beside the user's own
    std::optional<std::string> sessionDir;         // none: the usual place
    std::optional<std::string> progressDir;        // the same; empty: no sockets
    std::size_t sessionsAtOnce = 4;
    std::optional<std::string> bus; // its address; empty: none is used; nothing: the usual one
    CodegenSettings codegen;
    LogFile::Settings logFile;
};

} // namespace compositord
