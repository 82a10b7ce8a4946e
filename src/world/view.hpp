// The part of the world that somebody wants to hear of.
#pragma once

#include "world/types.hpp"

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
    std::optional<std::vector<std::string>> cameraNames; // only these cameras
    std::optional<WorldRect> area;                       // only windows of the map that touch it

    bool operator==(const View&) const = default;
};

/// What of `changes` the view includes. A window that is outside the area now counts as removed, since it may
/// have been inside before.
Changes seenThrough(const View& view, const Changes& changes);

} // namespace compositord
