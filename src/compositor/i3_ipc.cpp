#include "compositor/i3_ipc.hpp"

#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace compositord {

namespace {

constexpr std::string_view kMagic = "i3-ipc";
constexpr std::size_t kHeader = kMagic.size() + 2 * sizeof(std::uint32_t);

// About ten thousand windows, each with a node of 1.5 kB.
constexpr std::size_t kLongestMessage = std::size_t{16} * 1024 * 1024;
constexpr std::size_t kMostNodes = 10000; // in one node
constexpr std::size_t kMostWindows = 10000;
constexpr int kDeepest = 100;              // containers in containers
constexpr std::size_t kLongestText = 4096; // what is longer is cut, since any client may set its title

constexpr double kFarthest = 1 << 30;
constexpr std::int64_t kGreatestId = (1 << 29) - 1; // room for the order of the stack; see SwayMap

/// Text that may be null or absent.
std::optional<std::string> textOf(const JsonObjectReader& node, const char* name) {
    const json_t* member = json_object_get(node.object(), name);
    if (!json_is_string(member)) {
        return std::nullopt;
    }
    const std::string_view text(json_string_value(member), json_string_length(member));
    return text.size() > kLongestText ? repairUtf8(text.substr(0, kLongestText)) : std::string(text);
}

bool isTrue(const JsonObjectReader& node, const char* name) {
    return json_is_true(json_object_get(node.object(), name));
}

SwayRect readRect(JsonObjectReader& node, const char* name) {
    const auto found = node.optionalObject(name);
    if (!found) {
        node.reject(name, fmt::format("{} is missing: an object is needed", name));
        return {};
    }
    JsonObjectReader rect = *found;
    // A window in too little room may have less than none.
    const SwayRect result{rect.number("x", -kFarthest, kFarthest), rect.number("y", -kFarthest, kFarthest),
                          std::max(0.0, rect.number("width", -kFarthest, kFarthest)),
                          std::max(0.0, rect.number("height", -kFarthest, kFarthest))};
    node.adopt(rect, name);
    return result;
}

/// Which child of a container with tabs is in front; nothing if all of them are seen.
std::optional<std::int64_t> frontOf(const JsonObjectReader& node) {
    const auto layout = textOf(node, "layout");
    if (layout != "tabbed" && layout != "stacked") {
        return std::nullopt;
    }
    const json_t* first = json_array_get(json_object_get(node.object(), "focus"), 0);
    return json_is_integer(first) ? std::optional(json_integer_value(first)) : std::nullopt;
}

class TreeReader {
public:
    explicit TreeReader(std::vector<SwayWindow>& windows) : windows_(windows) {}

    struct Position {
        bool floating = false;
        bool covered = false;
        int depth = 0;
    };

    /// Reads the windows in this node.
    void read(JsonObjectReader& node, Position at) {
        if (++at.depth > kDeepest || windows_.size() > kMostWindows) {
            node.reject("nodes", "there are too many of them");
            return;
        }
        if (node.has("pid")) {
            windows_.push_back(readWindow(node, at));
            return;
        }
        const auto front = frontOf(node);
        for (const char* name : {"nodes", "floating_nodes"}) {
            for (JsonObjectReader& child : node.objects(name, kMostNodes)) {
                Position within = at;
                within.floating = at.floating || std::string_view(name) == "floating_nodes";
                const json_t* id = json_object_get(child.object(), "id");
                within.covered =
                    at.covered || (!within.floating && front && json_integer_value(id) != *front);
                read(child, within);
                node.adopt(child, name);
            }
        }
    }

private:
    static SwayWindow readWindow(JsonObjectReader& node, Position at) {
        SwayWindow window;
        window.id = static_cast<WindowId>(node.integer("id", 1, kGreatestId));
        window.identifier = textOf(node, "foreign_toplevel_identifier");
        window.title = textOf(node, "name").value_or("");
        window.appId = textOf(node, "app_id").value_or("");
        if (const auto x11 = node.has("app_id") ? std::nullopt : node.optionalObject("window_properties")) {
            window.appId = textOf(*x11, "class").value_or("");
        }
        window.pid = static_cast<std::uint32_t>(node.integer("pid", 0, INT32_MAX));
        window.rect = readRect(node, "rect");
        window.titleBar = readRect(node, "deco_rect").height;
        window.floating = at.floating;
        window.covered = at.covered;
        window.focused = isTrue(node, "focused");
        window.urgent = isTrue(node, "urgent");
        window.fullscreen = node.optionalInteger("fullscreen_mode", 0, INT32_MAX).value_or(0) != 0;
        return window;
    }

    std::vector<SwayWindow>& windows_;
};

SwayWorkspace readWorkspace(JsonObjectReader& node) {
    SwayWorkspace workspace;
    workspace.name = node.string("name", 0, kLongestText);
    workspace.number = node.optionalInteger("num", INT32_MIN, INT32_MAX).value_or(-1);
    TreeReader(workspace.windows).read(node, {});
    return workspace;
}

SwayOutput readOutput(JsonObjectReader& node) {
    SwayOutput output;
    output.name = node.string("name", 1, kLongestText);
    output.hidden = output.name.starts_with("__");
    output.rect = readRect(node, "rect");
    output.scale = node.optionalNumber("scale", -1, 1000).value_or(1);
    if (output.scale <= 0) {
        output.scale = 1; // what it says of an output that is off
    }
    output.shown = textOf(node, "current_workspace").value_or("");
    for (JsonObjectReader& workspace : node.objects("nodes", kMostNodes)) {
        if (textOf(workspace, "type") == "workspace") {
            output.workspaces.push_back(readWorkspace(workspace));
            node.adopt(workspace, "nodes");
        }
    }
    return output;
}

} // namespace

std::string encodeI3(I3Type type, std::string_view payload) {
    const std::array words{static_cast<std::uint32_t>(payload.size()), static_cast<std::uint32_t>(type)};
    std::string bytes(kMagic);
    bytes.append(std::bit_cast<std::array<char, sizeof words>>(words).data(), sizeof words);
    return bytes.append(payload);
}

std::expected<std::optional<I3Message>, std::string> I3Frames::next() {
    const std::size_t known = std::min(buffer_.size(), kMagic.size());
    if (std::string_view(buffer_).substr(0, known) != kMagic.substr(0, known)) {
        return std::unexpected("the compositor does not speak i3's IPC");
    }
    if (buffer_.size() < kHeader) {
        return std::nullopt;
    }
    std::array<std::uint32_t, 2> words{};
    std::memcpy(words.data(), buffer_.data() + kMagic.size(), sizeof words);
    const auto [length, type] = words;
    if (length > kLongestMessage) {
        return std::unexpected(fmt::format("the compositor sends a message of {} bytes", length));
    }
    if (buffer_.size() < kHeader + length) {
        return std::nullopt;
    }
    I3Message message{type, buffer_.substr(kHeader, length)};
    buffer_.erase(0, kHeader + length);
    return message;
}

std::expected<SwayTree, JsonProblem> parseSwayTree(std::string_view text) {
    // sway passes titles on as clients set them, which need not be UTF-8.
    const auto json = isUtf8(text) ? parseJsonObject(text) : parseJsonObject(repairUtf8(text));
    if (!json) {
        return std::unexpected(json.error());
    }
    JsonObjectReader root(json->get());
    SwayTree tree;
    for (JsonObjectReader& output : root.objects("nodes", kMostNodes)) {
        if (textOf(output, "type") == "output") {
            tree.push_back(readOutput(output));
            root.adopt(output, "nodes");
        }
    }
    if (const auto& problem = root.problem()) {
        return std::unexpected(*problem);
    }
    return tree;
}

std::optional<std::string> parseSwayRefusal(std::string_view text) {
    const JsonHandle json(json_loadb(text.data(), text.size(), 0, nullptr));
    for (std::size_t i = 0; i < json_array_size(json.get()); ++i) {
        const JsonObjectReader result(json_array_get(json.get(), i));
        if (!isTrue(result, "success")) {
            return textOf(result, "error").value_or("it did not say why");
        }
    }
    return std::nullopt;
}

} // namespace compositord
