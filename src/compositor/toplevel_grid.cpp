#include "compositor/toplevel_grid.hpp"

#include <cmath>

namespace compositord {

namespace {

/// Cells are numbered in squares: after a whole one, the next ones are along its right edge from above, then
/// below it from the left.
WorldPoint cornerOf(std::size_t cell) {
    const auto edge = static_cast<std::size_t>(std::sqrt(static_cast<double>(cell)));
    const std::size_t rest = cell - edge * edge;
    const std::size_t column = rest < edge ? edge : rest - edge;
    const std::size_t row = rest < edge ? rest : edge;
    return {static_cast<double>(column) * ToplevelGrid::kStepX,
            static_cast<double>(row) * ToplevelGrid::kStepY};
}

} // namespace

void ToplevelGrid::add(WindowId window) {
    if (cells_.contains(window)) {
        return;
    }
    if (free_.empty()) {
        cells_.emplace(window, next_++);
    } else {
        cells_.emplace(window, free_.extract(free_.begin()).value());
    }
}

void ToplevelGrid::remove(WindowId window) {
    if (const auto cell = cells_.extract(window)) {
        free_.insert(cell.mapped());
    }
}

WorldPoint ToplevelGrid::placeOf(WindowId window) const {
    return cornerOf(cells_.at(window));
}

} // namespace compositord
