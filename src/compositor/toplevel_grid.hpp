// Where windows lie on the map when their compositor does not tell it: each in a cell of a grid.
// A window keeps its cell until it is closed, and a new one takes the first that is free: so nothing moves
// that is still there, and the grid stays about as wide as high.
#pragma once

#include "world/types.hpp"

#include <cstddef>
#include <map>
#include <set>

namespace compositord {

class ToplevelGrid {
public:
    /// Of every window, in world units.
    static constexpr double kWidth = 600;
    static constexpr double kHeight = 400;

    /// From a cell to the next one.
    static constexpr double kStepX = 700;
    static constexpr double kStepY = 500;

    void add(WindowId window);
    void remove(WindowId window);

    /// Of a window that was added.
    WorldPoint placeOf(WindowId window) const;

private:
    std::map<WindowId, std::size_t> cells_;
    std::set<std::size_t> free_; // below next_
    std::size_t next_ = 0;
};

} // namespace compositord
