#include "compositor_plan.hpp"

#include <fmt/format.h>

#include <utility>

namespace compositord {

namespace {

using Protocol = CompositorSettings::Protocol;

constexpr double kSpacing = 20000; // world units between compositors whose place nobody said

// What the compositor that spawned this process is called among others.
constexpr const char* kSession = "session";

/// The one that the environment tells of.
Realms::Plan planOfSession(const Options& options, CompositorPlaces places) {
    const DriverKind driver = options.driver ? *options.driver : chooseDriver(places);
    return {.name = {}, .offset = {}, .driver = driver, .places = std::move(places)};
}

Result<Realms::Plan> plan(const CompositorSettings& settings, const CompositorPlaces& session,
                          const std::vector<KnownCompositor>& known) {
    Realms::Plan made{.name = settings.name, .offset = {}, .driver = {}, .places = {}};
    CompositorPlaces& places = made.places;
    places.runtimeDir = session.runtimeDir;
    places.waylandDisplay = session.waylandDisplay;
    switch (settings.protocol) {
    case Protocol::wayland:
        if (settings.address.empty()) {
            places.driftwmSocket = session.driftwmSocket;
            places.niriSocket = session.niriSocket;
            places.swaySocket = session.swaySocket;
        } else {
            places.waylandDisplay = settings.address;
            places.driftwmSocket = driftwmSocketOf(places.runtimeDir, settings.address);
        }
        made.driver = settings.driver ? *settings.driver : chooseDriver(places);
        return made;
    case Protocol::unix:
        if (const auto driver = settings.driver ? settings.driver : driverOfSocket(known, settings.address)) {
            made.driver = *driver;
        } else {
            return failure(0, "whose socket this is, its name does not tell; say it with driver",
                           settings.address);
        }
        places.driftwmSocket = settings.address;
        places.niriSocket = settings.address;
        places.swaySocket = settings.address;
        return made;
    case Protocol::ws:
    case Protocol::wss:
        made.driver = DriverKind::compositord;
        places.remote = {.name = settings.name,
                         .address = settings.address,
                         .port = settings.port,
                         .compositor = settings.compositor,
                         .tokenFile = settings.tokenFile,
                         .encrypted = settings.protocol == Protocol::wss,
                         .authorities = settings.authorities};
        return made;
    }
    std::unreachable();
}

} // namespace

Result<std::vector<Realms::Plan>> planRealms(const Options& options, Environment& environment,
                                             const std::vector<KnownCompositor>& known) {
    std::vector<Realms::Plan> plans;
    CompositorPlaces& session = environment.compositor;
    const bool spawned = static_cast<bool>(session.waylandSocket);
    const std::size_t before = spawned ? 1 : 0;
    for (const CompositorSettings& settings : options.compositors) {
        auto made = plan(settings, session, known);
        if (!made) {
            return std::unexpected(made.error());
        }
        if (spawned && settings.name == kSession) {
            return failure(0, "the compositor that spawned this process is called so; rename the other",
                           kSession);
        }
        made->offset =
            settings.offset.value_or(WorldPoint{kSpacing * static_cast<double>(plans.size() + before), 0});
        plans.push_back(*std::move(made));
    }
    if (spawned || plans.empty()) {
        plans.insert(plans.begin(), planOfSession(options, std::move(session)));
        if (plans.size() > 1) {
            plans.front().name = kSession;
        }
    }
    // The map of tiles is the first one's, and lies where it lies.
    const WorldPoint origin = plans.front().offset;
    for (Realms::Plan& each : plans) {
        each.offset = {each.offset.x - origin.x, each.offset.y - origin.y};
    }
    return plans;
}

} // namespace compositord
