// How compositord is reached: over the user's bus, or by one of its Unix sockets where there is no bus.
// Either way what comes of it is a connected socket on which compositord answers HTTP and WebSocket, so that
// all that is built on this is the same for both.
#pragma once

#include "base/handle.hpp"
#include "cli/command.hpp"

#include <systemd/sd-bus.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace compositord::cli {

class Transport {
public:
    /// Whether compositord may be started, by the bus or by systemd, if it does not run.
    enum class Start : std::uint8_t { ifNeeded, no };

    /// What the options --bus and --socket say, or else the first that is there: the user's bus, the control
    /// socket, the socket that systemd listens on.
    static Outcome<Transport> find(const Call& call, Start start = Start::ifNeeded);

    /// Another connection to the same program; it blocks.
    Outcome<UniqueFd> connect();

    /// "bus" or "unix:PATH".
    const std::string& name() const { return name_; }

    /// What was tried before, in vain, and why.
    const std::vector<std::string>& missed() const { return missed_; }

private:
    struct Close {
        void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
    };

    Transport() = default;

    Outcome<> openBus(const std::string& address);
    Outcome<UniqueFd> askBus(Start start = Start::ifNeeded);
    Outcome<UniqueFd> connectTo(const std::string& path) const;

    std::unique_ptr<sd_bus, Close> bus_;
    std::string path_;
    std::string name_;
    std::vector<std::string> missed_;
    UniqueFd first_; // what showed that it works
};

} // namespace compositord::cli
