#include "compositor/niri_ipc.hpp"

#include "base/json_writer.hpp"
#include "base/utf8.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

namespace compositord {

namespace {

constexpr std::size_t kMostWorkspaces = 10000;
constexpr std::size_t kMostOutputs = 100;
constexpr std::size_t kLongestText = 65536;
constexpr NiriId kGreatestId = std::numeric_limits<NiriId>::max();
constexpr double kFarthest = 1e9;
constexpr int kMostColumns = 1000000;

/// Whether it is there and is not null, which is how niri says "none".
bool has(const JsonObjectReader& in, const char* name) {
    const json_t* member = json_object_get(in.object(), name);
    return member != nullptr && !json_is_null(member);
}

std::string textOf(JsonObjectReader& in, const char* name) {
    return has(in, name) ? in.string(name, 0, kLongestText) : "";
}

NiriId idOf(JsonObjectReader& in, const char* name) {
    return in.integer(name, 0, kGreatestId);
}

std::optional<NiriId> optionalId(JsonObjectReader& in, const char* name) {
    return has(in, name) ? std::optional(idOf(in, name)) : std::nullopt;
}

bool isTrue(const JsonObjectReader& in, const char* name) {
    return json_is_true(json_object_get(in.object(), name));
}

std::optional<WorldPoint> readPair(JsonObjectReader& in, const char* name, double min, double max) {
    if (!has(in, name)) {
        return std::nullopt;
    }
    const json_t* pair = json_object_get(in.object(), name);
    const json_t* first = json_array_get(pair, 0);
    const json_t* second = json_array_get(pair, 1);
    const WorldPoint point{json_number_value(first), json_number_value(second)};
    if (json_array_size(pair) != 2 || !json_is_number(first) || !json_is_number(second) || point.x < min ||
        point.x > max || point.y < min || point.y > max) {
        in.reject(name, fmt::format("{} must be two numbers between {} and {}", name, min, max));
        return std::nullopt;
    }
    return point;
}

NiriSize readSize(JsonObjectReader& in, const char* name) {
    const WorldPoint size = readPair(in, name, 0, kFarthest).value_or(WorldPoint{});
    return {size.x, size.y};
}

NiriLayout readLayout(JsonObjectReader& in) {
    NiriLayout layout;
    if (const auto place = readPair(in, "pos_in_scrolling_layout", 1, kMostColumns)) {
        layout.place = {static_cast<int>(place->x), static_cast<int>(place->y)};
    }
    layout.tile = readSize(in, "tile_size");
    layout.window = readSize(in, "window_size");
    layout.offset = readPair(in, "window_offset_in_tile", -kFarthest, kFarthest).value_or(WorldPoint{});
    layout.tileInView = readPair(in, "tile_pos_in_workspace_view", -kFarthest, kFarthest);
    return layout;
}

NiriWindow readWindow(JsonObjectReader& in) {
    NiriWindow window;
    window.id = idOf(in, "id");
    window.title = textOf(in, "title");
    window.appId = textOf(in, "app_id");
    if (has(in, "pid")) {
        window.pid = static_cast<std::uint32_t>(in.integer("pid", 0, INT32_MAX));
    }
    window.workspace = optionalId(in, "workspace_id");
    window.focused = isTrue(in, "is_focused");
    window.floating = isTrue(in, "is_floating");
    window.urgent = isTrue(in, "is_urgent");
    if (auto layout = in.optionalObject("layout")) {
        window.layout = readLayout(*layout);
        in.adopt(*layout, "layout");
    }
    return window;
}

NiriWorkspace readWorkspace(JsonObjectReader& in) {
    NiriWorkspace workspace;
    workspace.id = idOf(in, "id");
    workspace.index = static_cast<int>(in.integer("idx", 0, UINT8_MAX));
    workspace.output = textOf(in, "output");
    workspace.active = isTrue(in, "is_active");
    workspace.activeWindow = optionalId(in, "active_window_id");
    return workspace;
}

template <class Read>
auto readList(JsonObjectReader& in, const char* name, std::size_t most, const Read& read) {
    std::vector<decltype(read(in))> things;
    // NOLINTNEXTLINE(misc-const-correctness): read() changes it
    for (JsonObjectReader& each : in.objects(name, most)) {
        things.push_back(read(each));
        in.adopt(each, name);
    }
    return things;
}

/// `changes` is a list of pairs: an id and a layout.
NiriLayoutsChanged readLayouts(JsonObjectReader& in) {
    NiriLayoutsChanged changed;
    const json_t* changes = json_object_get(in.object(), "changes");
    if (!json_is_array(changes) || json_array_size(changes) > kMostNiriWindows) {
        in.reject("changes", fmt::format("changes must be a list of at most {} pairs", kMostNiriWindows));
        return changed;
    }
    for (std::size_t i = 0; i < json_array_size(changes); ++i) {
        const json_t* pair = json_array_get(changes, i);
        const json_t* id = json_array_get(pair, 0);
        const json_t* layout = json_array_get(pair, 1);
        if (!json_is_integer(id) || !json_is_object(layout)) {
            in.reject(fmt::format("changes[{}]", i), "a change must be an id and a layout");
            return changed;
        }
        JsonObjectReader reader(layout);
        changed.layouts.emplace_back(json_integer_value(id), readLayout(reader));
        in.adopt(reader, fmt::format("changes[{}]", i));
    }
    return changed;
}

NiriEvent readWindowChanged(JsonObjectReader& in) {
    auto window = in.optionalObject("window");
    if (!window) {
        in.reject("window", "window must be an object");
        return NiriWindowChanged{};
    }
    NiriWindowChanged changed{readWindow(*window)};
    in.adopt(*window, "window");
    return changed;
}

struct EventKind {
    const char* name;
    NiriEvent (*read)(JsonObjectReader& in);
};

constexpr std::array kEventKinds{
    EventKind{"WorkspacesChanged",
              [](JsonObjectReader& in) -> NiriEvent {
                  return NiriWorkspaces{readList(in, "workspaces", kMostWorkspaces, readWorkspace)};
              }},
    EventKind{"WorkspaceActivated",
              [](JsonObjectReader& in) -> NiriEvent { return NiriWorkspaceActivated{idOf(in, "id")}; }},
    EventKind{"WorkspaceActiveWindowChanged",
              [](JsonObjectReader& in) -> NiriEvent {
                  return NiriActiveWindow{idOf(in, "workspace_id"), optionalId(in, "active_window_id")};
              }},
    EventKind{"WindowsChanged",
              [](JsonObjectReader& in) -> NiriEvent {
                  return NiriWindows{readList(in, "windows", kMostNiriWindows, readWindow)};
              }},
    EventKind{"WindowOpenedOrChanged", readWindowChanged},
    EventKind{"WindowClosed",
              [](JsonObjectReader& in) -> NiriEvent { return NiriWindowClosed{idOf(in, "id")}; }},
    EventKind{"WindowFocusChanged",
              [](JsonObjectReader& in) -> NiriEvent { return NiriFocusChanged{optionalId(in, "id")}; }},
    EventKind{"WindowUrgencyChanged",
              [](JsonObjectReader& in) -> NiriEvent {
                  return NiriUrgencyChanged{idOf(in, "id"), isTrue(in, "urgent")};
              }},
    EventKind{"WindowLayoutsChanged", [](JsonObjectReader& in) -> NiriEvent { return readLayouts(in); }},
    EventKind{"ConfigLoaded", [](JsonObjectReader&) -> NiriEvent { return NiriConfigLoaded{}; }},
};

NiriOutputs readOutputs(JsonObjectReader& in) {
    NiriOutputs outputs;
    const char* name = nullptr;
    json_t* member = nullptr;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): jansson's loop wants it, and changes nothing
    json_object_foreach(const_cast<json_t*>(in.object()), name, member) {
        JsonObjectReader output(member);
        auto logical = has(output, "logical") ? output.optionalObject("logical") : std::nullopt;
        if (logical && outputs.outputs.size() < kMostOutputs) {
            outputs.outputs.push_back(
                {.name = name,
                 .position = {logical->number("x", -kFarthest, kFarthest),
                              logical->number("y", -kFarthest, kFarthest)},
                 .size = {logical->number("width", 1, kFarthest), logical->number("height", 1, kFarthest)},
                 .scale = logical->number("scale", 0.01, 100)});
            output.adopt(*logical, "logical");
        }
        in.adopt(output, name);
    }
    return outputs;
}

/// "Ok" is a word, or an object with one member named as the request.
NiriLine readOk(JsonObjectReader& in) {
    auto content =
        json_is_object(json_object_get(in.object(), "Ok")) ? in.optionalObject("Ok") : std::nullopt;
    if (!content) {
        return NiriReply{NiriDone{}};
    }
    auto outputs = content->has("Outputs") ? content->optionalObject("Outputs") : std::nullopt;
    NiriLine line = NiriReply{NiriDone{}};
    if (outputs) {
        line = NiriReply{readOutputs(*outputs)};
        content->adopt(*outputs, "Outputs");
    }
    in.adopt(*content, "Ok");
    return line;
}

NiriLine readLine(JsonObjectReader& in) {
    if (in.has("Ok")) {
        return readOk(in);
    }
    if (in.has("Err")) {
        return NiriReply{NiriRefused{in.string("Err", 0, kLongestText)}};
    }
    for (const EventKind& kind : kEventKinds) {
        if (!in.has(kind.name)) {
            continue;
        }
        auto content = in.optionalObject(kind.name);
        if (!content) {
            in.reject(kind.name, fmt::format("{} must be an object", kind.name));
            return NiriOther{};
        }
        NiriLine line = kind.read(*content);
        in.adopt(*content, kind.name);
        return line;
    }
    return NiriOther{};
}

/// `write` adds the members of the action.
template <class Write> std::string action(std::string_view name, const Write& write) {
    std::string line;
    JsonWriter out(line);
    out.beginObject().key("Action").beginObject().key(name).beginObject();
    write(out);
    out.endObject().endObject().endObject();
    line += '\n';
    return line;
}

std::string about(std::string_view name, NiriId window) {
    return action(name, [&](JsonWriter& out) { out.member("id", window); });
}

std::string sized(std::string_view name, NiriId window, double size) {
    return action(name, [&](JsonWriter& out) {
        out.member("id", window)
            .key("change")
            .beginObject()
            .member("SetFixed", std::lround(size))
            .endObject();
    });
}

void reference(JsonWriter& out, NiriId workspace) {
    out.key("reference").beginObject().member("Id", workspace).endObject();
}

void shift(JsonWriter& out, std::string_view axis, double by) {
    out.key(axis).beginObject().member("AdjustFixed", by).endObject();
}

} // namespace

std::expected<NiriLine, JsonProblem> parseNiriLine(std::string_view text) {
    const auto json = isUtf8(text) ? parseJsonObject(text) : parseJsonObject(repairUtf8(text));
    if (!json) {
        return std::unexpected(json.error());
    }
    JsonObjectReader in(json->get());
    NiriLine line = readLine(in);
    if (const auto& problem = in.problem()) {
        return std::unexpected(*problem);
    }
    return line;
}

std::string niriFocusWindow(NiriId window) {
    return about("FocusWindow", window);
}

std::string niriCloseWindow(NiriId window) {
    return about("CloseWindow", window);
}

std::string niriCenterWindow(NiriId window) {
    return about("CenterWindow", window);
}

std::string niriFocusWorkspace(NiriId workspace) {
    return action("FocusWorkspace", [&](JsonWriter& out) { reference(out, workspace); });
}

std::string niriMoveToWorkspace(NiriId window, NiriId workspace) {
    return action("MoveWindowToWorkspace", [&](JsonWriter& out) {
        out.member("window_id", window);
        reference(out, workspace);
        out.member("focus", false);
    });
}

std::string niriSetWidth(NiriId window, double width) {
    return sized("SetWindowWidth", window, width);
}

std::string niriSetHeight(NiriId window, double height) {
    return sized("SetWindowHeight", window, height);
}

std::string niriMoveFloating(NiriId window, WorldPoint by) {
    return action("MoveFloatingWindow", [&](JsonWriter& out) {
        out.member("id", window);
        shift(out, "x", by.x);
        shift(out, "y", by.y);
    });
}

} // namespace compositord
