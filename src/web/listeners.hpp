// All the sockets that the server listens on, from the settings or from the service manager.
#pragma once

#include "base/log.hpp"
#include "web/listener.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace compositord {

struct ListenSettings {
    std::vector<Endpoint> endpoints;
    std::uint16_t orchestratorPort = 0; // a second one on each TCP address; 0: none
    bool beyondLoopback = false;        // whether other machines may be let in
};

/// In the order of the settings, then those for orchestrator clients. One of these that cannot be opened is
/// only warned of.
Result<std::vector<ListeningSocket>> openListeners(const ListenSettings& settings, const Log& log);

/// The sockets that the service manager hands over (sd_listen_fds(3)), if it does; one that it calls
/// orchestrator is for orchestrator clients. Takes them out of the environment.
Result<std::vector<ListeningSocket>> inheritListeners(bool beyondLoopback);

} // namespace compositord
