// Where windows lie when nobody tells it.

#include "compositor/toplevel_grid.hpp"

#include <gtest/gtest.h>

#include <cmath>

using namespace compositord;

namespace {

WorldPoint cell(const ToplevelGrid& grid, std::uint32_t window) {
    const WorldPoint place = grid.placeOf(WindowId{window});
    return {place.x / ToplevelGrid::kStepX, place.y / ToplevelGrid::kStepY};
}

} // namespace

TEST(ToplevelGrid, GrowsInSquares) {
    ToplevelGrid grid;
    for (std::uint32_t window = 1; window <= 100; ++window) {
        grid.add(WindowId{window});
        const auto side = std::ceil(std::sqrt(window));
        for (std::uint32_t before = 1; before <= window; ++before) {
            EXPECT_LT(cell(grid, before).x, side);
            EXPECT_LT(cell(grid, before).y, side);
            EXPECT_TRUE(before == window || cell(grid, before) != cell(grid, window));
        }
    }
    EXPECT_EQ(cell(grid, 1), (WorldPoint{0, 0}));
    EXPECT_EQ(cell(grid, 2), (WorldPoint{1, 0}));
    EXPECT_EQ(cell(grid, 3), (WorldPoint{0, 1}));
    EXPECT_EQ(cell(grid, 4), (WorldPoint{1, 1}));
    EXPECT_EQ(cell(grid, 5), (WorldPoint{2, 0}));
}

TEST(ToplevelGrid, NothingMovesAndTheFirstFreeCellIsTaken) {
    ToplevelGrid grid;
    for (std::uint32_t window = 1; window <= 9; ++window) {
        grid.add(WindowId{window});
    }
    const WorldPoint last = cell(grid, 9);
    grid.remove(WindowId{7});
    grid.remove(WindowId{2});
    grid.remove(WindowId{99});
    grid.add(WindowId{9});
    EXPECT_EQ(cell(grid, 9), last);
    grid.add(WindowId{10});
    EXPECT_EQ(cell(grid, 10), (WorldPoint{1, 0}));
    grid.add(WindowId{11});
    EXPECT_EQ(cell(grid, 11), (WorldPoint{0, 2}));
}
