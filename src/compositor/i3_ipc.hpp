// The wire of i3's IPC as sway speaks it: frames, and the tree of all that is shown.
#pragma once

#include "base/json_reader.hpp"
#include "world/types.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

enum class I3Type : std::uint32_t { runCommand = 0, subscribe = 2, getTree = 4 };

struct I3Message {
    std::uint32_t type = 0;
    std::string payload;

    bool is(I3Type kind) const { return type == static_cast<std::uint32_t>(kind); }

    bool isEvent() const { return (type & 0x80000000U) != 0; }
};

std::string encodeI3(I3Type type, std::string_view payload);

/// Cuts a stream of bytes into messages.
class I3Frames {
public:
    void feed(std::string_view bytes) { buffer_ += bytes; }

    /// The next message that is complete. An error is for good: where the next one begins is not known.
    std::expected<std::optional<I3Message>, std::string> next();

private:
    std::string buffer_;
};

struct SwayRect {
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;

    bool operator==(const SwayRect&) const = default;
};

struct SwayWindow {
    WindowId id{};
    std::optional<std::string> identifier;
    std::string appId;
    std::string title;
    std::uint32_t pid = 0;
    SwayRect rect;       // without the title bar, in the coordinates of all outputs
    double titleBar = 0; // its height
    bool floating = false;
    bool covered = false; // behind another tab of its container
    bool focused = false;
    bool fullscreen = false;
    bool urgent = false;
};

struct SwayWorkspace {
    std::string name;
    std::int64_t number = -1;        // -1: it has only a name
    std::vector<SwayWindow> windows; // what floats comes last, from below to above
};

struct SwayOutput {
    std::string name;
    SwayRect rect;
    double scale = 1;
    std::string shown;   // the name of a workspace
    bool hidden = false; // no output, but where the scratchpad is
    std::vector<SwayWorkspace> workspaces;
};

using SwayTree = std::vector<SwayOutput>;

/// Reads the answer to getTree.
std::expected<SwayTree, JsonProblem> parseSwayTree(std::string_view text);

/// Reads the answer to runCommand: what sway objected to, or nothing.
std::optional<std::string> parseSwayRefusal(std::string_view text);

} // namespace compositord
