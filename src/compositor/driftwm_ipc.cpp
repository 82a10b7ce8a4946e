#include "compositor/driftwm_ipc.hpp"

#include "base/json_writer.hpp"
#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace compositord {

namespace {

constexpr std::size_t kMostWindows = 10000;
constexpr std::size_t kMostOutputs = 100;
constexpr std::size_t kLongestText = 65536;
constexpr double kFarthest = 1e12;
constexpr double kLargest = 1e9;

constexpr double kLeastZoom = 0.001;
constexpr double kGreatestZoom = 1;

// What has the focus is above; of the others no order is told, and theirs does not change.
constexpr std::int64_t kGreatestId = (1 << 29) - 1;
constexpr std::int32_t kFocused = 1 << 29;
constexpr std::int32_t kOnScreen = 1 << 30;

std::unexpected<Refusal> refuse(RefusalCode code, std::string_view member, std::string message) {
    return std::unexpected(Refusal{code, member, std::move(message)});
}

WorldPoint readPair(JsonObjectReader& in, const char* name, double min, double max) {
    const json_t* pair = json_object_get(in.object(), name);
    const json_t* first = json_array_get(pair, 0);
    const json_t* second = json_array_get(pair, 1);
    const WorldPoint point{json_number_value(first), json_number_value(second)};
    if (json_array_size(pair) != 2 || !json_is_number(first) || !json_is_number(second) || point.x < min ||
        point.x > max || point.y < min || point.y > max) {
        in.reject(name, fmt::format("{} must be two numbers between {} and {}", name, min, max));
        return {};
    }
    return point;
}

bool isTrue(const JsonObjectReader& in, const char* name) {
    return json_is_true(json_object_get(in.object(), name));
}

Camera readOutput(JsonObjectReader& in) {
    Camera camera;
    camera.name = in.string("name", 1, kLongestText);
    const WorldPoint center = readPair(in, "camera", -kFarthest, kFarthest);
    // It may be out of range for a moment, while it moves.
    camera.live = {{center.x, -center.y}, in.number("zoom", kLeastZoom / 1000, 1000)};
    camera.target = camera.live;
    const WorldPoint size = readPair(in, "size", 0, kLargest);
    camera.viewportWidth = static_cast<std::uint32_t>(size.x);
    camera.viewportHeight = static_cast<std::uint32_t>(size.y);
    camera.minZoom = std::min(kLeastZoom, camera.live.zoom);
    camera.maxZoom = std::max(kGreatestZoom, camera.live.zoom);
    return camera;
}

Window readAnyWindow(JsonObjectReader& in) {
    Window window;
    const auto id = in.integer("id", 0, kGreatestId - 1);
    window.id = static_cast<WindowId>(id + 1); // ours begin with 1
    window.stacking = static_cast<std::int32_t>(id);
    window.appId = in.string("app_id", 0, kLongestText);
    window.title = in.string("title", 0, kLongestText);
    window.pid = static_cast<std::uint32_t>(in.optionalInteger("pid", 0, INT32_MAX).value_or(0));
    return window;
}

/// On the map.
Window readWindow(JsonObjectReader& in) {
    Window window = readAnyWindow(in);
    const WorldPoint center = readPair(in, "position", -kFarthest, kFarthest);
    const WorldPoint size = readPair(in, "size", 0, kLargest);
    window.width = size.x;
    window.height = size.y;
    window.position = {center.x - size.x / 2, -center.y - size.y / 2};
    window.states.activated = isTrue(in, "is_focused");
    window.stacking += window.states.activated ? kFocused : 0;
    window.space = isTrue(in, "is_widget") ? Space::widget : Space::map;
    window.states.maximized = in.optionalString("mode", 0, kLongestText) == "Fit";
    return window;
}

/// On an output: what is fullscreen has all of it, what is pinned says where, from its centre.
Window readScreenWindow(JsonObjectReader& in, const std::vector<Camera>& cameras, bool fullscreen) {
    Window window = readAnyWindow(in);
    const std::string output = in.string("output", 0, kLongestText);
    const auto camera = std::ranges::find(cameras, output, &Camera::name);
    const bool found = camera != cameras.end();
    const WorldPoint area{found ? camera->viewportWidth : 0.0, found ? camera->viewportHeight : 0.0};
    const WorldPoint center = fullscreen ? WorldPoint{} : readPair(in, "position", -kFarthest, kFarthest);
    const WorldPoint size = fullscreen ? area : readPair(in, "size", 0, kLargest);
    window.width = size.x;
    window.height = size.y;
    window.space = Space::screen;
    window.screen =
        ScreenPlace{.camera = found ? std::optional(output) : std::nullopt,
                    .position = {(area.x - size.x) / 2 + center.x, (area.y - size.y) / 2 - center.y}};
    window.states.fullscreen = fullscreen;
    window.stacking += kOnScreen;
    return window;
}

template <class Read>
void readList(JsonObjectReader& in, const char* name, std::size_t most, const Read& read) {
    if (!in.has(name)) {
        return; // an older version has not all of them
    }
    for (JsonObjectReader& each : in.objects(name, most)) {
        read(each);
        in.adopt(each, name);
    }
}

DriftwmState readState(JsonObjectReader& in) {
    DriftwmState state;
    readList(in, "outputs", kMostOutputs, [&](JsonObjectReader& each) {
        state.cameras.push_back(readOutput(each));
        if (isTrue(each, "active")) {
            state.activeCamera = state.cameras.back().name;
        }
    });
    for (JsonObjectReader& each : in.objects("windows", kMostWindows)) {
        state.windows.push_back(readWindow(each));
        in.adopt(each, "windows");
    }
    for (const char* name : {"fullscreen", "pinned"}) {
        readList(in, name, kMostWindows, [&](JsonObjectReader& each) {
            state.windows.push_back(
                readScreenWindow(each, state.cameras, std::string_view(name) == "fullscreen"));
        });
    }
    return state;
}

/// A request with one member that is written by `content`.
template <class Content> std::string line(std::string_view name, const Content& content) {
    std::string text;
    JsonWriter out(text);
    out.beginObject().key(name);
    content(out);
    out.endObject();
    return text + '\n';
}

std::string withId(std::string_view name, WindowId id) {
    return line(name, [&](JsonWriter& out) { out.value(std::to_underlying(id) - 1); });
}

std::string withPair(std::string_view name, WindowId id, double first, double second) {
    return line(name, [&](JsonWriter& out) {
        out.beginObject().member("window", std::to_underlying(id) - 1).key("to");
        out.beginArray().value(std::llround(first)).value(std::llround(second)).endArray().endObject();
    });
}

std::string cameraTo(WorldPoint center) {
    return line("Camera",
                [&](JsonWriter& out) { out.beginArray().value(center.x).value(-center.y).endArray(); });
}

std::expected<const Camera*, Refusal> findCamera(const DriftwmState& state,
                                                 const std::optional<std::string>& name) {
    const auto camera = std::ranges::find(state.cameras, name.value_or(state.activeCamera), &Camera::name);
    if (camera == state.cameras.end()) {
        return refuse(RefusalCode::notFound, "camera",
                      name ? "there is no camera of this name" : "the compositor has no active camera");
    }
    if (camera->name != state.activeCamera) {
        return refuse(RefusalCode::unsupported, "camera",
                      fmt::format("driftwm moves only the camera of its active output, which is {}",
                                  state.activeCamera));
    }
    return &*camera;
}

using Lines = std::expected<std::string, Refusal>;

Lines requestFor(const DriftwmState& state, const SetCamera& command) {
    const auto camera = findCamera(state, command.camera);
    if (!camera) {
        return std::unexpected(camera.error());
    }
    const CameraPose& pose = (*camera)->target;
    std::string lines;
    if (command.zoom) {
        const double zoom = std::clamp(*command.zoom, kLeastZoom, kGreatestZoom);
        lines += line("Zoom", [&](JsonWriter& out) { out.value(zoom); });
    }
    if (command.x || command.y) {
        lines += cameraTo({command.x.value_or(pose.center.x), command.y.value_or(pose.center.y)});
    }
    return lines;
}

Lines requestFor(const DriftwmState& state, const CancelCamera& command) {
    const auto camera = findCamera(state, command.camera);
    return camera ? Lines("") : std::unexpected(camera.error()); // it is where it is at once
}

Lines requestFor(const DriftwmState& state, const Window& window, const CenterWindow& command) {
    const auto camera = findCamera(state, command.camera);
    if (!camera) {
        return std::unexpected(camera.error());
    }
    return cameraTo({window.position.x + window.width / 2, window.position.y + window.height / 2});
}

Lines requestFor(const DriftwmState& /*state*/, const Window& window, const MoveWindow& command) {
    return withPair("Move", window.id, command.position.x + window.width / 2,
                    -(command.position.y + window.height / 2));
}

Lines requestFor(const DriftwmState& /*state*/, const Window& window, const ResizeWindow& command) {
    return withPair("Resize", window.id, command.width, command.height);
}

/// Finds the window of a command; those that are on the screen have no place on the map that could change.
template <class WindowCommand> Lines forMapWindow(const DriftwmState& state, const WindowCommand& command) {
    const auto window = std::ranges::find(state.windows, command.window, &Window::id);
    if (window == state.windows.end()) {
        return refuse(RefusalCode::notFound, "window", "there is no window of this id");
    }
    if (window->space == Space::screen) {
        return refuse(RefusalCode::unsupported, "window", "this window is on the screen, not on the map");
    }
    return requestFor(state, *window, command);
}

Lines requestFor(const DriftwmState& state, const MoveWindow& command) {
    return forMapWindow(state, command);
}

Lines requestFor(const DriftwmState& state, const ResizeWindow& command) {
    return forMapWindow(state, command);
}

Lines requestFor(const DriftwmState& state, const CenterWindow& command) {
    return forMapWindow(state, command);
}

template <class WindowCommand>
Lines named(const DriftwmState& state, std::string_view name, const WindowCommand& command) {
    if (std::ranges::find(state.windows, command.window, &Window::id) == state.windows.end()) {
        return refuse(RefusalCode::notFound, "window", "there is no window of this id");
    }
    return withId(name, command.window);
}

Lines requestFor(const DriftwmState& state, const FocusWindow& command) {
    return named(state, "Focus", command);
}

Lines requestFor(const DriftwmState& state, const CloseWindow& command) {
    return named(state, "Close", command);
}

template <class Other> Lines requestFor(const DriftwmState& /*state*/, const Other& /*command*/) {
    return refuse(RefusalCode::unsupported, "", "driftwm cannot be asked for this");
}

} // namespace

std::expected<DriftwmLine, JsonProblem> parseDriftwmLine(std::string_view text) {
    const auto json = isUtf8(text) ? parseJsonObject(text) : parseJsonObject(repairUtf8(text));
    if (!json) {
        return std::unexpected(json.error());
    }
    JsonObjectReader in(json->get());
    if (in.has("Ok")) {
        return DriftwmReply{};
    }
    if (in.has("Err")) {
        return DriftwmReply{in.optionalString("Err", 0, kLongestText).value_or("it did not say why")};
    }
    if (!in.has("State")) {
        return DriftwmOther{};
    }
    auto content = in.optionalObject("State");
    if (!content) {
        return std::unexpected(in.problem().value_or(JsonProblem{"State", "State must be an object"}));
    }
    auto state = readState(*content);
    in.adopt(*content, "State");
    if (const auto& problem = in.problem()) {
        return std::unexpected(*problem);
    }
    return state;
}

std::expected<std::string, Refusal> driftwmRequest(const DriftwmState& state, const Command& command) {
    return std::visit([&](const auto& content) { return requestFor(state, content); }, command);
}

} // namespace compositord
