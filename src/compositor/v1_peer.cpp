#include "compositor/v1_peer.hpp"

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"

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
constexpr std::size_t kLongestName = 256;
constexpr std::size_t kLongestInstance = 128;
constexpr std::size_t kMostCompositors = 64;
constexpr std::size_t kLongestTitle = std::size_t{64} * 1024;
constexpr std::uint32_t kLargestGrid = 1000000;
constexpr double kGreatestZoom = 1e9;

// Drivers of compositors: another compositord, and all that one mirrors together.
constexpr std::string_view kMirrorDriver = "compositord";
constexpr std::string_view kWholeDriver = "combined";

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
    // Its tiles are its own.
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
    granted.set(Capability::input, has("input"));
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

Capabilities inBoth(Capabilities some, Capabilities others) {
    Capabilities both;
    for (std::size_t i = 0; i < Capabilities::kNames.size(); ++i) {
        const auto capability = static_cast<Capability>(i);
        both.set(capability, some.has(capability) && others.has(capability));
    }
    return both;
}

Compositor readCompositor(JsonObjectReader& in) {
    Compositor compositor;
    compositor.driver = in.string("driver", 1, 64);
    compositor.connected = in.boolean("connected");
    compositor.reason = in.optionalString("reason", 0, kLongestTitle).value_or("");
    compositor.gridSize = static_cast<std::uint32_t>(in.integer("gridSize", 1, kLargestGrid));
    compositor.capabilities = readCapabilities(in);
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
template <class Thing, class Read, class Skip>
std::vector<Thing> readAll(JsonObjectReader& in, const char* name, std::size_t most, const Read& read,
                           const Skip& skip) {
    std::vector<Thing> things;
    if (!in.has(name)) {
        return things;
    }
    // NOLINTNEXTLINE(misc-const-correctness): `read` takes what it reads from
    std::vector<JsonObjectReader> elements = in.objects(name, most);
    // NOLINTNEXTLINE(misc-const-correctness): the same
    for (std::size_t i = 0; i < elements.size(); ++i) {
        if (!skip(elements[i])) {
            things.push_back(read(elements[i]));
            in.adopt(elements[i], fmt::format("{}[{}]", name, i));
        }
    }
    return things;
}

} // namespace

V1Peer::V1Peer(Settings settings)
    : settings_(std::move(settings)),
      world_(Compositor{.name = settings_.name, .driver = settings_.driver, .reason = "not connected yet"}) {}

std::optional<std::string> V1Peer::subscription() {
    std::string text;
    JsonWriter out(text);
    out.beginObject().member("type", "Subscribe").key("kinds");
    out.beginArray().value("cameras").value("windows").endArray();
    // What would be passed over is better not sent.
    if (settings_.all && std::ranges::any_of(parts_, &Part::mirror)) {
        out.key("compositors").beginArray();
        for (const Part& part : parts_) {
            if (!part.mirror) {
                out.value(part.name);
            }
        }
        out.endArray();
    }
    out.endObject();
    if (subscribed_ == text) {
        return std::nullopt;
    }
    subscribed_ = text;
    return text;
}

V1Peer::Part V1Peer::readPart(JsonObjectReader& in) {
    return {.name = in.string("name", 1, kLongestName),
            .mirror = in.string("driver", 1, 64) == kMirrorDriver,
            .connected = in.boolean("connected"),
            .capabilities = readCapabilities(in)};
}

bool V1Peer::isMirror(const JsonObjectReader& thing) const {
    const char* const name = json_string_value(json_object_get(thing.object(), "compositor"));
    return name != nullptr &&
           std::ranges::any_of(parts_, [&](const Part& part) { return part.mirror && part.name == name; });
}

/// The whole without what is a mirror there.
Compositor V1Peer::ofThese(Compositor whole) const {
    if (std::ranges::none_of(parts_, &Part::mirror)) {
        return whole;
    }
    whole.connected = false;
    whole.capabilities = {};
    for (const Part& part : parts_) {
        if (!part.mirror && part.connected) {
            whole.connected = true;
            whole.capabilities = whole.capabilities | part.capabilities;
        }
    }
    whole.reason = whole.connected ? "" : "none of its own compositors is connected";
    return whole;
}

/// What a message says of compositors; the fault is that they are not to be mirrored.
std::optional<V1Peer::Fault> V1Peer::readCompositors(JsonObjectReader& in) {
    constexpr auto all = [](const JsonObjectReader&) { return false; };
    if (in.has("compositors")) {
        parts_ = readAll<Part>(in, "compositors", kMostCompositors, &readPart, all);
    }
    std::optional<Fault> fault;
    inside(in, "compositor", [&](JsonObjectReader& it) {
        Compositor read = readCompositor(it);
        const bool whole = read.driver == kWholeDriver;
        const bool onlyMirrors = !parts_.empty() && std::ranges::all_of(parts_, &Part::mirror);
        if (read.driver == kMirrorDriver || (whole && onlyMirrors)) {
            fault = Fault{"what is there is a mirror itself; mirror the compositord that it shows", true};
        }
        if (whole) {
            read = ofThese(std::move(read));
        }
        read.name = settings_.name;
        read.driver = settings_.driver;
        read.capabilities = inBoth(read.capabilities, granted_);
        group_.compositor = std::move(read);
    });
    return fault;
}

Cause V1Peer::causeOf(const std::optional<std::string>& origin, std::optional<std::int64_t> id) {
    Cause cause{.serial = ++lastCause_, .tag = {.origin = origin, .id = {}}};
    if (origin == settings_.origin && id) {
        const auto found = std::ranges::find(asked_, *id, &Asked::id);
        if (found != asked_.end()) {
            cause.tag = found->tag;
        }
    }
    return cause;
}

std::expected<std::optional<Changes>, V1Peer::Fault> V1Peer::read(std::string_view text) {
    const auto json = parseJsonObject(text);
    if (!json) {
        return std::unexpected(Fault{json.error().message});
    }
    JsonObjectReader in(json->get());
    const std::string type = in.string("type", 1, 64);
    if (type == "Hello") {
        granted_ = capabilitiesGranted(in);
        static_cast<void>(readCompositors(in)); // what they are all together comes with the snapshot
        const std::string instance = in.string("instance", 1, kLongestInstance);
        if (std::ranges::find(settings_.own, instance) != settings_.own.end()) {
            return std::unexpected(Fault{"this is compositord itself, which would mirror its mirror", true});
        }
    }
    if (type != "Snapshot" && type != "CompositorUpdate" && type != "CameraUpdate" &&
        type != "WindowUpdate") {
        return std::optional<Changes>{};
    }
    if (type == "Snapshot") {
        group_ = allRemoved(world_);
    }
    const auto refused = readCompositors(in);
    const auto isMirror = [this](const JsonObjectReader& it) { return this->isMirror(it); };
    const auto read = [this](JsonObjectReader& it) {
        return readCamera(it, [this](const auto& origin, auto id) { return causeOf(origin, id); });
    };
    append(group_.cameras, readAll<Camera>(in, "cameras", kMostCameras, read, isMirror));
    append(group_.windows, readAll<Window>(in, "windows", kMostWindows, readWindow, isMirror));
    if (type == "CameraUpdate") {
        append(
            group_.removedCameras,
            in.optionalStrings("removed", kMostCameras, kLongestName).value_or(std::vector<std::string>{}));
    } else if (type == "WindowUpdate") {
        append(group_.removedWindows, readRemovedWindows(in));
    }
    if (const auto& problem = in.problem()) {
        return std::unexpected(Fault{fmt::format("{}: {}", type, problem->message)});
    }
    if (refused) {
        return std::unexpected(*refused);
    }
    if (in.has("more")) {
        return std::optional<Changes>{};
    }
    if (group_.compositor && !group_.compositor->connected) {
        return leave(group_.compositor->reason);
    }
    Changes all = std::exchange(group_, {});
    world_.apply(all);
    return std::optional(std::move(all));
}

Changes V1Peer::farewell(std::string reason) {
    parts_.clear();
    subscribed_.reset();
    return leave(std::move(reason));
}

Changes V1Peer::leave(std::string reason) {
    group_ = {};
    hand_.forgetAll(); // it is released there
    Changes gone = allRemoved(world_);
    gone.compositor = world_.compositor();
    gone.compositor->connected = false;
    gone.compositor->reason = std::move(reason);
    gone.compositor->capabilities = {};
    world_.apply(gone);
    return gone;
}

} // namespace compositord
