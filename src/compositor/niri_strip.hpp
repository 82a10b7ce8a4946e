// Lays the columns of one of niri's workspaces out beside each other.
// niri tells in which column each tile is, and how large it is, but of tiles not yet where: so that is worked
// out here as niri does it. Coordinates are logical pixels; y = 0 is the upper edge of the output, and with
// x = 0 at its left edge an output shows the first column.
#pragma once

#include "compositor/niri_ipc.hpp"

#include <optional>
#include <vector>

namespace compositord {

struct NiriStrip {
    struct Tile {
        NiriId window;
        WorldPoint position;
        bool covered; // behind another tab of its column
    };

    struct Column {
        double left;
        double width;
        NiriId front; // the window that is active when the column is
        std::vector<NiriId> windows;
    };

    std::vector<Tile> tiles;
    std::vector<Column> columns;
    double width = 0;

    /// What is at the left edge of the output, if niri tells where all tiles are.
    std::optional<double> view;

    const Column* columnOf(NiriId window) const;
};

/// `windows` are the tiles of a workspace on an output of this size.
NiriStrip layOutStrip(std::vector<const NiriWindow*> windows, NiriSize output,
                      std::optional<NiriId> activeWindow);

/// What is at the left edge of an output of this width after a column became the active one: niri moves the
/// view no further than it must, unless its user wants columns in the middle.
double viewWith(const NiriStrip::Column& column, double width, double before);

/// The same after niri was asked to have it in the middle.
double viewCentering(const NiriStrip::Column& column, double width);

} // namespace compositord
