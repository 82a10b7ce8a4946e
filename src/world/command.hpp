// What can be asked of a compositor, whoever asks and however the compositor is spoken to.
#pragma once

#include "world/input.hpp"
#include "world/tile.hpp"
#include "world/types.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace compositord {

/// Where no camera is named, the first one by name is meant. Parts of the pose that are absent keep their
/// target.
struct SetCamera {
    std::optional<std::string> camera;
    std::optional<double> x;
    std::optional<double> y;
    std::optional<double> zoom;
    std::chrono::milliseconds duration{0};
};

struct CancelCamera {
    std::optional<std::string> camera;
};

struct FocusWindow {
    WindowId window;
};

struct CloseWindow {
    WindowId window;
};

struct MoveWindow {
    WindowId window;
    WorldPoint position; // of the frame's top-left corner
};

struct ResizeWindow {
    WindowId window;
    double width; // of the frame, world units
    double height;
};

struct RaiseWindow {
    WindowId window;
};

struct LowerWindow {
    WindowId window;
};

struct MinimizeWindow {
    WindowId window;
    bool minimized;
};

struct MaximizeWindow {
    WindowId window;
    bool maximized;
};

struct FullscreenWindow {
    WindowId window;
    bool fullscreen;
    std::optional<std::string> camera;
};

struct CenterWindow {
    WindowId window;
    std::optional<std::string> camera;
    std::chrono::milliseconds duration{0};
};

struct PutTile {
    Cell cell;
    std::string brick;
};

struct RemoveTile {
    Cell cell;
};

using Command = std::variant<SetCamera, CancelCamera, FocusWindow, CloseWindow, MoveWindow, ResizeWindow,
                             RaiseWindow, LowerWindow, MinimizeWindow, MaximizeWindow, FullscreenWindow,
                             CenterWindow, Input, ReleaseInput, PutTile, RemoveTile>;

/// A command and who it is from.
struct Request {
    Command command;
    RequestTag tag;
};

enum class RefusalCode : std::uint8_t {
    invalidMember,
    notFound,
    unsupported,
    disconnected,
    busy,
    forbidden,
    unsaved
};

/// Why a request was not passed on. Nothing was done, unless the code is `unsaved`.
struct Refusal {
    RefusalCode code;
    std::string_view member; // which part of the request is at fault; empty for none. A literal.
    std::string message;
};

/// What became of a request that was not refused.
enum class Outcome : std::uint8_t {
    done,
    later, // the answer comes when it is known; see Server::answer
};

using CommandResult = std::expected<Outcome, Refusal>;

} // namespace compositord
