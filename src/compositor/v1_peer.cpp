#include "compositor/v1_peer.hpp"

#include "base/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <ranges>
#include <utility>
#include <vector>

namespace compositord {

namespace {

// As in the schema.
constexpr double kFarthest = 1e15; // world units
constexpr std::size_t kMostCameras = 1000;
constexpr std::size_t kMostWindows = 100000;
constexpr std::size_t kLongestName = 512;
constexpr std::size_t kLongestTitle = std::size_t{64} * 1024;
constexpr std::uint32_t kLargestGrid = 1000000;
constexpr double kGreatestZoom = 1e9;

bool isThere(const JsonObjectReader& in, const char* name) {
    const json_t* member = json_object_get(in.object(), name);
    return member != nullptr && !json_is_null(member);
}

WorldPoint readPoint(JsonObjectReader& in) {
    return {in.number("x", -kFarthest, kFarthest), in.number("y", -kFarthest, kFarthest)};
}

CameraPose readPose(JsonObjectReader& in) {
    CameraPose pose{readPoint(in), in.number("zoom", 0, kGreatestZoom)};
    pose.zoom = pose.zoom > 0 ? pose.zoom : 1;
    return pose;
}

template <class Read> void inside(JsonObjectReader& in, const char* name, const Read& read) {
    if (auto inner = in.optionalObject(name)) {
        read(*inner);
        in.adopt(*inner, name);
    }
}

Capabilities readCapabilities(JsonObjectReader& in) {
    Capabilities capabilities;
    for (const std::string& name :
         in.optionalStrings("capabilities", 64, 64).value_or(std::vector<std::string>{})) {
        const auto* const found = std::ranges::find(Capabilities::kNames, name);
        if (found != Capabilities::kNames.end()) {
            capabilities.set(static_cast<Capability>(found - Capabilities::kNames.begin()), true);
        }
    }
    // Not passed on: keys have other names there, and its tiles are its own.
    capabilities.set(Capability::input, false);
    capabilities.set(Capability::tiles, false);
    return capabilities;
}

/// What is left of the capabilities of somebody who was given these grants.
Capabilities capabilitiesGranted(JsonObjectReader& in) {
    const auto grants = in.optionalStrings("grants", 64, 64).value_or(std::vector<std::string>{});
    const auto has = [&](const char* grant) { return std::ranges::find(grants, grant) != grants.end(); };
    Capabilities granted{Capability::geometry};
    if (has("windows")) {
        granted = granted | kAllOfWindows;
    }
    granted.set(Capability::camera, has("camera"));
    return granted;
}

WindowStates readStates(JsonObjectReader& in) {
    WindowStates states;
    const std::array<std::pair<const char*, bool WindowStates::*>, 6> known{
        {{"activated", &WindowStates::activated},
         {"maximized", &WindowStates::maximized},
         {"fullscreen", &WindowStates::fullscreen},
         {"minimized", &WindowStates::minimized},
         {"resizing", &WindowStates::resizing},
         {"urgent", &WindowStates::urgent}}};
    for (const std::string& name :
         in.optionalStrings("states", 64, 64).value_or(std::vector<std::string>{})) {
        for (const auto& [word, member] : known) {
            states.*member = states.*member || name == word;
        }
    }
    return states;
}

WindowId readId(JsonObjectReader& in, const char* name) {
    return WindowId{static_cast<std::uint32_t>(in.integer(name, 1, UINT32_MAX))};
}

Window readWindow(JsonObjectReader& in) {
    Window window;
    window.id = readId(in, "id");
    if (isThere(in, "identifier")) {
        window.identifier = in.string("identifier", 0, kLongestName);
    }
    window.appId = in.string("appId", 0, kLongestTitle);
    window.title = in.string("title", 0, kLongestTitle);
    window.pid = isThere(in, "pid") ? static_cast<std::uint32_t>(in.integer("pid", 1, UINT32_MAX)) : 0;
    window.position = readPoint(in);
    window.width = in.number("width", 0, kFarthest);
    window.height = in.number("height", 0, kFarthest);
    const std::string space = in.string("space", 1, 64);
    window.space = space == "screen" ? Space::screen : space == "widget" ? Space::widget : Space::map;
    if (isThere(in, "screen")) {
        inside(in, "screen", [&](JsonObjectReader& screen) {
            window.screen.emplace();
            if (isThere(screen, "camera")) {
                window.screen->camera = screen.string("camera", 1, kLongestName);
            }
            const WorldPoint position = readPoint(screen);
            window.screen->position = {position.x, position.y};
        });
    }
    window.stacking = static_cast<std::int32_t>(in.integer("stacking", INT32_MIN, INT32_MAX));
    if (isThere(in, "parent")) {
        window.parent = readId(in, "parent");
    }
    window.states = readStates(in);
    return window;
}

Compositor readCompositor(JsonObjectReader& in, Capabilities granted) {
    Compositor compositor;
    compositor.connected = in.boolean("connected");
    compositor.reason = in.optionalString("reason", 0, kLongestTitle).value_or("");
    compositor.gridSize = static_cast<std::uint32_t>(in.integer("gridSize", 1, kLargestGrid));
    const Capabilities told = readCapabilities(in);
    for (std::size_t i = 0; i < Capabilities::kNames.size(); ++i) {
        const auto capability = static_cast<Capability>(i);
        compositor.capabilities.set(capability, told.has(capability) && granted.has(capability));
    }
    return compositor;
}

template <class CauseOf> Camera readCamera(JsonObjectReader& in, const CauseOf& causeOf) {
    Camera camera;
    camera.name = in.string("name", 1, kLongestName);
    camera.live = readPose(in);
    camera.target = camera.live;
    inside(in, "target", [&](JsonObjectReader& target) { camera.target = readPose(target); });
    inside(in, "viewport", [&](JsonObjectReader& viewport) {
        camera.viewportWidth = static_cast<std::uint32_t>(viewport.integer("width", 0, UINT32_MAX));
        camera.viewportHeight = static_cast<std::uint32_t>(viewport.integer("height", 0, UINT32_MAX));
    });
    inside(in, "zoomRange", [&](JsonObjectReader& range) {
        camera.minZoom = range.number("min", 0, kGreatestZoom);
        camera.maxZoom = range.number("max", 0, kGreatestZoom);
    });
    camera.locked = in.boolean("locked");
    if (isThere(in, "cause")) {
        inside(in, "cause", [&](JsonObjectReader& cause) {
            const auto origin = isThere(cause, "origin")
                                    ? std::optional(cause.string("origin", 0, kLongestName))
                                    : std::nullopt;
            const json_t* id = json_object_get(cause.object(), "id");
            camera.cause =
                causeOf(origin, json_is_integer(id) ? std::optional<std::int64_t>(json_integer_value(id))
                                                    : std::nullopt);
        });
    }
    return camera;
}

/// What is no number of a window names none.
std::vector<WindowId> readRemovedWindows(const JsonObjectReader& in) {
    std::vector<WindowId> windows;
    const json_t* removed = json_object_get(in.object(), "removed");
    for (std::size_t i = 0; i < json_array_size(removed); ++i) {
        const json_int_t id = json_integer_value(json_array_get(removed, i));
        if (id > 0 && id <= std::int64_t{UINT32_MAX}) {
            windows.push_back(WindowId{static_cast<std::uint32_t>(id)});
        }
    }
    return windows;
}

/// What leads from this world to an empty one.
Changes allRemoved(const World& world) {
    Changes changes;
    std::ranges::copy(std::views::keys(world.cameras()), std::back_inserter(changes.removedCameras));
    std::ranges::copy(std::views::keys(world.windows()), std::back_inserter(changes.removedWindows));
    return changes;
}

template <class Thing> void append(std::vector<Thing>& to, const std::vector<Thing>& things) {
    to.insert(to.end(), things.begin(), things.end());
}

/// The lists of an update or a snapshot.
template <class Thing, class Read>
std::vector<Thing> readAll(JsonObjectReader& in, const char* name, std::size_t most, const Read& read) {
    std::vector<Thing> things;
    if (!in.has(name)) {
        return things;
    }
    // NOLINTNEXTLINE(misc-const-correctness): `read` takes what it reads from
    std::vector<JsonObjectReader> elements = in.objects(name, most);
    // NOLINTNEXTLINE(misc-const-correctness): the same
    for (auto& element : elements) {
        things.push_back(read(element));
        in.adopt(element, fmt::format("{}[{}]", name, things.size() - 1));
    }
    return things;
}

} // namespace

V1Peer::V1Peer(std::string name, std::string driver, std::string origin)
    : name_(std::move(name)), driver_(std::move(driver)), origin_(std::move(origin)),
      world_(Compositor{.name = name_, .driver = driver_, .reason = "not connected yet"}) {}

std::string V1Peer::subscription() {
    return R"({"type":"Subscribe","kinds":["cameras","windows"]})";
}

Cause V1Peer::causeOf(const std::optional<std::string>& origin, std::optional<std::int64_t> id) {
    Cause cause{.serial = ++lastCause_, .tag = {.origin = origin, .id = {}}};
    if (origin == origin_ && id) {
        const auto found = std::ranges::find(asked_, *id, &Asked::id);
        if (found != asked_.end()) {
            cause.tag = found->tag;
        }
    }
    return cause;
}

std::expected<std::optional<Changes>, std::string> V1Peer::read(std::string_view text) {
    const auto json = parseJsonObject(text);
    if (!json) {
        return std::unexpected(json.error().message);
    }
    JsonObjectReader in(json->get());
    const std::string type = in.string("type", 1, 64);
    if (type == "Hello") {
        granted_ = capabilitiesGranted(in);
    }
    if (type != "Snapshot" && type != "CompositorUpdate" && type != "CameraUpdate" &&
        type != "WindowUpdate") {
        return std::optional<Changes>{};
    }
    if (type == "Snapshot") {
        group_ = allRemoved(world_);
    }
    inside(in, "compositor", [&](JsonObjectReader& it) {
        group_.compositor = readCompositor(it, granted_);
        group_.compositor->name = name_;
        group_.compositor->driver = driver_;
    });
    append(group_.cameras, readAll<Camera>(in, "cameras", kMostCameras, [&](JsonObjectReader& it) {
               return readCamera(it, [this](const auto& origin, auto id) { return causeOf(origin, id); });
           }));
    append(group_.windows, readAll<Window>(in, "windows", kMostWindows, readWindow));
    if (type == "CameraUpdate") {
        append(
            group_.removedCameras,
            in.optionalStrings("removed", kMostCameras, kLongestName).value_or(std::vector<std::string>{}));
    } else if (type == "WindowUpdate") {
        append(group_.removedWindows, readRemovedWindows(in));
    }
    if (const auto& problem = in.problem()) {
        return std::unexpected(fmt::format("{}: {}", type, problem->message));
    }
    if (in.has("more")) {
        return std::optional<Changes>{};
    }
    if (group_.compositor && !group_.compositor->connected) {
        return farewell(group_.compositor->reason);
    }
    Changes all = std::exchange(group_, {});
    world_.apply(all);
    return std::optional(std::move(all));
}

Changes V1Peer::farewell(const std::string& reason) {
    group_ = {};
    Changes gone = allRemoved(world_);
    gone.compositor = world_.compositor();
    gone.compositor->connected = false;
    gone.compositor->reason = reason;
    gone.compositor->capabilities = {};
    world_.apply(gone);
    return gone;
}

} // namespace compositord
