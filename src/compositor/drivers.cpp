#include "compositor/drivers.hpp"

#include "compositor/driftwm_driver.hpp"
#include "compositor/foreign_toplevel_driver.hpp"
#include "compositor/infinite_map_driver.hpp"
#include "compositor/niri_driver.hpp"
#include "compositor/sway_driver.hpp"
#include "compositor/wayland_globals.hpp"

#include <fmt/format.h>

#include <ext-foreign-toplevel-list-v1-client-protocol.h>
#include <infinite-map-v1-client-protocol.h>
#include <wlr-foreign-toplevel-management-unstable-v1-client-protocol.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace compositord {

namespace {

template <class Made> Result<std::unique_ptr<Driver>> asDriver(Result<std::unique_ptr<Made>> made) {
    if (!made) {
        return std::unexpected(made.error());
    }
    return std::unique_ptr<Driver>(*std::move(made));
}

} // namespace

std::optional<DriverKind> parseDriver(std::string_view name) {
    const auto* const found = std::ranges::find(kDriverNames, name);
    if (found == kDriverNames.end()) {
        return std::nullopt;
    }
    return static_cast<DriverKind>(found - kDriverNames.begin());
}

std::string driftwmSocketOf(const std::string& runtimeDir, const std::string& waylandDisplay) {
    const std::string name = std::filesystem::path(waylandDisplay).filename();
    return fmt::format("{}/driftwm/ipc-{}.sock", runtimeDir, name);
}

DriverKind chooseDriver(const CompositorPlaces& places) {
    if (places.waylandSocket) {
        return DriverKind::infiniteMap;
    }
    // A variable may be that of an outer compositor, in which this one has a window.
    const auto globals = listGlobals(places.waylandDisplay);
    const auto offers = [&](const wl_interface& interface) {
        return globals && globals->contains(interface.name);
    };
    if (offers(infinite_map_manager_v1_interface)) {
        return DriverKind::infiniteMap;
    }
    std::error_code error;
    const bool driftwm =
        !places.driftwmSocket.empty() && std::filesystem::exists(places.driftwmSocket, error);
    if (!driftwm && places.niriSocket.empty() && places.swaySocket.empty()) {
        return offers(zwlr_foreign_toplevel_manager_v1_interface) ||
                       offers(ext_foreign_toplevel_list_v1_interface)
                   ? DriverKind::foreignToplevel
                   : DriverKind::infiniteMap;
    }
    // What has the name of the Wayland display is the surer sign.
    if (driftwm) {
        return DriverKind::driftwm;
    }
    const bool niri = std::filesystem::path(places.niriSocket)
                          .filename()
                          .string()
                          .starts_with(fmt::format("niri.{}.", places.waylandDisplay));
    return niri || places.swaySocket.empty() ? DriverKind::niri : DriverKind::sway;
}

Result<std::unique_ptr<Driver>> makeDriver(DriverKind kind, EventLoop& loop, const Log& log,
                                           CompositorPlaces places, Driver::Listener listener) {
    switch (kind) {
    case DriverKind::infiniteMap:
        return asDriver(InfiniteMapDriver::create(
            loop, log,
            {std::move(places.waylandSocket), std::move(places.waylandDisplay), std::move(places.runtimeDir)},
            std::move(listener)));
    case DriverKind::driftwm:
        if (places.driftwmSocket.empty()) {
            return failure(0,
                           "the driver driftwm needs DRIFTWM_SOCKET or XDG_RUNTIME_DIR, which are not set");
        }
        return asDriver(DriftwmDriver::create(
            loop, log, {std::move(places.driftwmSocket), std::move(places.waylandDisplay)},
            std::move(listener)));
    case DriverKind::niri:
        if (places.niriSocket.empty()) {
            return failure(0, "the driver niri needs NIRI_SOCKET, which is not set");
        }
        return asDriver(NiriDriver::create(loop, log,
                                           {std::move(places.niriSocket), std::move(places.waylandDisplay)},
                                           std::move(listener)));
    case DriverKind::sway:
        if (places.swaySocket.empty()) {
            return failure(0, "the driver sway needs SWAYSOCK, which is not set");
        }
        return asDriver(SwayDriver::create(loop, log,
                                           {std::move(places.swaySocket), std::move(places.waylandDisplay)},
                                           std::move(listener)));
    case DriverKind::foreignToplevel:
        if (places.waylandDisplay.empty()) {
            return failure(0, "the driver foreign_toplevel needs WAYLAND_DISPLAY, which is not set");
        }
        return asDriver(ForeignToplevelDriver::create(
            loop, log, {places.waylandDisplay, std::move(places.runtimeDir), places.waylandDisplay},
            std::move(listener)));
    case DriverKind::compositord:
        if (!places.remote) {
            return failure(
                0, "another compositord is mirrored by the protocol ws, not by the driver alone; see the "
                   "setting compositors");
        }
        return asDriver(RemoteDriver::create(loop, log, *std::move(places.remote), std::move(listener)));
    }
    std::unreachable();
}

} // namespace compositord
