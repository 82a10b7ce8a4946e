// The wire of niri's IPC: a JSON value per line. On one connection it tells everything once, then what
// changes; on another one it answers requests.
#pragma once

#include "base/json_reader.hpp"
#include "world/types.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace compositord {

/// More than these are not kept.
constexpr std::size_t kMostNiriWindows = 10000;

/// Of a workspace or a window; each kind has its own.
using NiriId = std::int64_t;

struct NiriSize {
    double width = 0;
    double height = 0;
};

/// In the logical pixels of an output.
struct NiriLayout {
    struct Place {
        int column; // both from 1 on
        int tile;   // from the top of its column
    };

    std::optional<Place> place;           // of what is tiled
    NiriSize tile;                        // with borders; 0: an old niri, which does not say
    NiriSize window;                      // without them
    WorldPoint offset;                    // of the window in the tile
    std::optional<WorldPoint> tileInView; // niri says it of what floats; of tiles, not yet
};

struct NiriWindow {
    NiriId id = 0;
    std::string title;
    std::string appId;
    std::uint32_t pid = 0; // 0: not known
    std::optional<NiriId> workspace;
    bool focused = false;
    bool floating = false;
    bool urgent = false;
    NiriLayout layout;
};

struct NiriWorkspace {
    NiriId id = 0;
    int index = 1;                      // on its output, from 1 on
    std::string output;                 // empty: there is none at all
    bool active = false;                // is what its output shows
    std::optional<NiriId> activeWindow; // is in view when the workspace is
};

struct NiriOutput {
    std::string name;
    WorldPoint position;
    NiriSize size;
    double scale = 1;
};

// What niri tells.

struct NiriWorkspaces { // all of them
    std::vector<NiriWorkspace> workspaces;
};

struct NiriWorkspaceActivated {
    NiriId id;
};

struct NiriActiveWindow {
    NiriId workspace;
    std::optional<NiriId> window;
};

struct NiriWindows { // all of them
    std::vector<NiriWindow> windows;
};

struct NiriWindowChanged { // or opened
    NiriWindow window;
};

struct NiriWindowClosed {
    NiriId id;
};

struct NiriFocusChanged {
    std::optional<NiriId> window;
};

struct NiriUrgencyChanged {
    NiriId window;
    bool urgent;
};

struct NiriLayoutsChanged {
    std::vector<std::pair<NiriId, NiriLayout>> layouts;
};

struct NiriConfigLoaded {}; // the outputs may be others now

using NiriEvent = std::variant<NiriWorkspaces, NiriWorkspaceActivated, NiriActiveWindow, NiriWindows,
                               NiriWindowChanged, NiriWindowClosed, NiriFocusChanged, NiriUrgencyChanged,
                               NiriLayoutsChanged, NiriConfigLoaded>;

// What niri answers.

struct NiriDone {};

struct NiriOutputs { // those that show something
    std::vector<NiriOutput> outputs;
};

struct NiriRefused {
    std::string why;
};

using NiriReply = std::variant<NiriDone, NiriOutputs, NiriRefused>;

/// What no version known here says, or what is of no interest; to be ignored.
struct NiriOther {};

using NiriLine = std::variant<NiriEvent, NiriReply, NiriOther>;

std::expected<NiriLine, JsonProblem> parseNiriLine(std::string_view line);

// What niri is asked; each is a line.

constexpr std::string_view kNiriEventStream = "\"EventStream\"\n";
constexpr std::string_view kNiriOutputs = "\"Outputs\"\n";

std::string niriFocusWindow(NiriId window);
std::string niriCloseWindow(NiriId window);
std::string niriCenterWindow(NiriId window);
std::string niriFocusWorkspace(NiriId workspace);
std::string niriMoveToWorkspace(NiriId window, NiriId workspace);
std::string niriSetWidth(NiriId window, double width);
std::string niriSetHeight(NiriId window, double height);

/// Of what floats, by so much.
std::string niriMoveFloating(NiriId window, WorldPoint by);

} // namespace compositord
