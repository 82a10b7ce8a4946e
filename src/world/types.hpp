// What the world consists of: plain values in world units, known to every module.
#pragma once

#include "world/capabilities.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace compositord {

/// Number of a state of the world; grows with each commit that changed something.
using Revision = std::uint64_t;

enum class WindowId : std::uint32_t {};

/// x to the right, y downward, in world units.
struct WorldPoint {
    double x = 0;
    double y = 0;

    bool operator==(const WorldPoint&) const = default;
};

/// In output pixels from a viewport's top-left corner.
struct ScreenPoint {
    double x = 0;
    double y = 0;

    bool operator==(const ScreenPoint&) const = default;
};

/// A client's name for its request, echoed in the answer.
using RequestId = std::variant<std::monostate, std::int64_t, std::string>;

/// Number of a connection that requests come from, not used again while the program runs; 0: none.
enum class ClientNumber : std::uint64_t {};

/// Who asked for something.
struct RequestTag {
    std::optional<std::string> origin;
    RequestId id;
    ClientNumber client{};

    bool operator==(const RequestTag&) const = default;
};

struct CameraPose {
    WorldPoint center;
    double zoom = 1; // output pixels per world unit

    bool operator==(const CameraPose&) const = default;
};

/// The request that set a camera's target. `serial` tells apart requests without origin and id.
struct Cause {
    std::uint32_t serial = 0;
    RequestTag tag;

    bool operator==(const Cause&) const = default;
};

struct Camera {
    std::string name; // of its output
    CameraPose live;
    CameraPose target;                // where it comes to rest
    std::uint32_t viewportWidth = 0;  // output pixels
    std::uint32_t viewportHeight = 0; // output pixels
    double minZoom = 1;
    double maxZoom = 1;
    bool locked = false;
    std::optional<Cause> cause; // none: the user or somebody else
    std::string compositor;     // whose it is, where several are shown together; else empty

    bool operator==(const Camera&) const = default;
};

enum class Space : std::uint8_t { map, screen, widget };

struct ScreenPlace {
    std::optional<std::string> camera;
    ScreenPoint position;

    bool operator==(const ScreenPlace&) const = default;
};

struct WindowStates {
    bool activated = false;
    bool maximized = false;
    bool fullscreen = false;
    bool minimized = false;
    bool resizing = false;
    bool urgent = false;

    bool operator==(const WindowStates&) const = default;
};

struct Window {
    WindowId id{};
    std::optional<std::string> identifier; // of ext-foreign-toplevel-list-v1
    std::string appId;
    std::string title;
    std::uint32_t pid = 0; // 0: not known
    WorldPoint position;   // top-left corner of the frame
    double width = 0;      // of the frame
    double height = 0;
    Space space = Space::map;
    std::optional<ScreenPlace> screen; // in the screen space
    std::int32_t stacking = 0;         // greater is above
    std::optional<WindowId> parent;
    WindowStates states;
    std::string compositor; // whose it is, where several are shown together; else empty

    bool operator==(const Window&) const = default;
};

struct Compositor {
    std::string name;   // what people call it
    std::string driver; // which driver speaks to it
    bool connected = false;
    std::string reason;           // why it is not connected
    std::uint32_t gridSize = 100; // world units per cell
    Capabilities capabilities;

    bool operator==(const Compositor&) const = default;
};

/// One of several compositors.
struct PlacedCompositor {
    Compositor compositor;
    WorldPoint offset; // of its world in the one that shows all of them

    bool operator==(const PlacedCompositor&) const = default;
};

} // namespace compositord
