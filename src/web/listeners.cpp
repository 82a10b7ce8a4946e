#include "web/listeners.hpp"

#include <systemd/sd-daemon.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <ranges>
#include <set>
#include <span>

namespace compositord {

namespace {

constexpr std::string_view kOrchestrator = "orchestrator";

struct NamesDeleter {
    void operator()(char** names) const {
        for (char** name = names; name != nullptr && *name != nullptr; ++name) {
            release(*name);
        }
        release(static_cast<void*>(names));
    }

private:
    // What sd_listen_fds_with_names() gave is from malloc.
    static void release(void* memory) {
        std::free(memory); // NOLINT(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory)
    }
};

Result<> check(const Endpoint& endpoint, bool beyondLoopback) {
    if (beyondLoopback || endpoint.local()) {
        return {};
    }
    return failure(EPERM,
                   "listening beyond loopback would let anyone on the network see and move windows; give "
                   "those who may a token first, with --token-file",
                   endpoint.address);
}

} // namespace

Result<std::vector<ListeningSocket>> openListeners(const ListenSettings& settings, const Log& log) {
    std::vector<ListeningSocket> sockets;
    std::set<std::string> addresses;
    for (const Endpoint& endpoint : settings.endpoints) {
        if (auto allowed = check(endpoint, settings.beyondLoopback); !allowed) {
            return std::unexpected(allowed.error());
        }
        auto socket = listenOn(endpoint);
        if (!socket) {
            return std::unexpected(socket.error());
        }
        sockets.push_back(*std::move(socket));
        if (!endpoint.isUnix()) {
            addresses.insert(endpoint.address);
        }
    }
    for (const std::string& address : addresses) {
        if (settings.orchestratorPort == 0) {
            break;
        }
        auto socket = listenOn({.address = address, .port = settings.orchestratorPort});
        if (socket) {
            socket->orchestrator = true;
            sockets.push_back(*std::move(socket));
        } else {
            log.warn("no orchestrator client will reach this, but for --orchestrator-port: {}",
                     socket.error().message());
        }
    }
    return sockets;
}

Result<std::vector<ListeningSocket>> inheritListeners(bool beyondLoopback) {
    char** list = nullptr;
    const int count = sd_listen_fds_with_names(1, &list);
    const std::unique_ptr<char*[], NamesDeleter> names(
        list); // NOLINT(*-avoid-c-arrays): as sd-daemon makes it
    if (count < 0) {
        return failure(-count, "cannot take over the sockets of the service manager");
    }
    std::vector<ListeningSocket> sockets;
    for (int i = 0; i < count; ++i) {
        auto socket = adoptListening(UniqueFd(SD_LISTEN_FDS_START + i));
        if (!socket) {
            return std::unexpected(socket.error());
        }
        if (auto allowed = check(socket->endpoint, beyondLoopback); !allowed) {
            return std::unexpected(allowed.error());
        }
        socket->orchestrator = names[static_cast<std::size_t>(i)] == kOrchestrator;
        sockets.push_back(*std::move(socket));
    }
    return sockets;
}

} // namespace compositord
