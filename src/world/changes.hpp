// What can change in the world, as one value: what a driver commits, and what outlets are told.
#pragma once

#include "world/tile.hpp"
#include "world/types.hpp"

#include <optional>
#include <string>
#include <vector>

namespace compositord {

/// A part of the world's state: each thing whole, and the names of things that are gone.
struct Changes {
    std::optional<Compositor> compositor;
    std::optional<std::vector<PlacedCompositor>> compositors; // all there are, where they are several
    std::vector<Camera> cameras;
    std::vector<std::string> removedCameras;
    std::vector<Window> windows;
    std::vector<WindowId> removedWindows;
    std::vector<TileChange> tiles;
    bool manyTiles = false; // so many tiles changed that they are not listed

    bool empty() const {
        return !compositor && !compositors && cameras.empty() && removedCameras.empty() && windows.empty() &&
               removedWindows.empty() && tiles.empty() && !manyTiles;
    }

    bool operator==(const Changes&) const = default;
};

} // namespace compositord
