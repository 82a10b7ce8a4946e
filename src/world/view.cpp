#include "world/view.hpp"

#include <algorithm>

namespace compositord {

namespace {

bool touches(const Window& window, const WorldRect& area) {
    return window.position.x < area.topLeft.x + area.width &&
           window.position.x + window.width > area.topLeft.x &&
           window.position.y < area.topLeft.y + area.height &&
           window.position.y + window.height > area.topLeft.y;
}

template <class Thing> bool ofThese(const View& view, const Thing& thing) {
    return !view.compositors ||
           std::ranges::find(*view.compositors, thing.compositor) != view.compositors->end();
}

bool includes(const View& view, const Window& window) {
    return !view.area || window.space == Space::screen || touches(window, *view.area);
}

bool includes(const View& view, const std::string& cameraName) {
    return !view.cameraNames || std::ranges::find(*view.cameraNames, cameraName) != view.cameraNames->end();
}

} // namespace

CellRect cellsOf(const WorldRect& area, std::uint32_t gridSize) {
    const WorldPoint end{area.topLeft.x + area.width, area.topLeft.y + area.height};
    CellRect cells{cellAt(area.topLeft, gridSize), cellAt(end, gridSize)};
    // An area that ends where a cell begins does not reach into it.
    const WorldPoint corner = cornerOf(cells.max, gridSize);
    cells.max.x -= corner.x == end.x && cells.max.x > cells.min.x ? 1 : 0;
    cells.max.y -= corner.y == end.y && cells.max.y > cells.min.y ? 1 : 0;
    return cells;
}

Changes seenThrough(const View& view, const Changes& changes, std::uint32_t gridSize) {
    Changes seen;
    seen.compositor = changes.compositor;
    seen.compositors = changes.compositors;
    if (view.cameras) {
        std::ranges::copy_if(changes.cameras, std::back_inserter(seen.cameras), [&](const Camera& camera) {
            return ofThese(view, camera) && includes(view, camera.name);
        });
        std::ranges::copy_if(changes.removedCameras, std::back_inserter(seen.removedCameras),
                             [&](const std::string& name) { return includes(view, name); });
    }
    if (view.windows) {
        seen.removedWindows = changes.removedWindows;
        for (const Window& window : changes.windows) {
            if (!ofThese(view, window)) {
                continue; // and never was
            }
            if (includes(view, window)) {
                seen.windows.push_back(window);
            } else {
                seen.removedWindows.push_back(window.id);
            }
        }
    }
    if (view.tiles) {
        const CellRect cells = view.area ? cellsOf(*view.area, gridSize) : kAllCells;
        seen.manyTiles = changes.manyTiles;
        std::ranges::copy_if(changes.tiles, std::back_inserter(seen.tiles),
                             [&](const TileChange& change) { return cells.contains(change.cell); });
    }
    return seen;
}

} // namespace compositord
