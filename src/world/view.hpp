// The part of the world that somebody wants to hear of.
#pragma once

#include "world/changes.hpp"

#include <optional>
#include <string>
#include <vector>

namespace compositord {

struct WorldRect {
    WorldPoint topLeft;
    double width = 0;
    double height = 0;

    bool operator==(const WorldRect&) const = default;
};

/// The default is everything. What is known of the compositor itself is always included.
struct View {
    bool cameras = true;
    bool windows = true;
    bool tiles = true;
    std::optional<std::vector<std::string>> compositors; // only cameras and windows of these
    std::optional<std::vector<std::string>> cameraNames; // only these cameras
    std::optional<WorldRect> area;                       // only windows and tiles of the map that touch it

    bool operator==(const View&) const = default;
};

/// What of `changes` the view includes. A window that is outside the area now counts as removed, since it may
/// have been inside before. `gridSize`: of the cells that tiles lie on.
Changes seenThrough(const View& view, const Changes& changes, std::uint32_t gridSize);

/// The cells that an area touches.
CellRect cellsOf(const WorldRect& area, std::uint32_t gridSize);

} // namespace compositord
