// All drivers: which of them is for the compositor at hand, and how each is made.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "compositor/driver.hpp"
#include "compositor/remote_driver.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace compositord {

enum class DriverKind : std::uint8_t { infiniteMap, driftwm, niri, sway, foreignToplevel, compositord };

/// In the order of the enumeration.
constexpr std::array<std::string_view, 6> kDriverNames{"infinite_map", "driftwm",          "niri",
                                                       "sway",         "foreign_toplevel", "compositord"};

std::optional<DriverKind> parseDriver(std::string_view name);

/// Where a compositor may be found.
struct CompositorPlaces {
    UniqueFd waylandSocket;     // a connection that a compositor made for this process, or none
    std::string waylandDisplay; // may be empty
    std::string runtimeDir;
    std::string driftwmSocket;                    // of its IPC; may be empty, and nothing be there
    std::string niriSocket;                       // may be empty
    std::string swaySocket;                       // may be empty
    std::optional<RemoteDriver::Settings> remote; // another compositord
};

/// Where driftwm has the socket of its IPC.
std::string driftwmSocketOf(const std::string& runtimeDir, const std::string& waylandDisplay);

/// The driver that can do most with the compositor of this user's session. Whoever was spawned by a
/// compositor is for that; else infinite_map where it is offered; else what has a socket; else
/// foreign_toplevel where such a list is offered; else infinite_map, which may come.
DriverKind chooseDriver(const CompositorPlaces& places);

/// The loop outlives the driver.
Result<std::unique_ptr<Driver>> makeDriver(DriverKind kind, EventLoop& loop, const Log& log,
                                           CompositorPlaces places, Driver::Listener listener);

} // namespace compositord
