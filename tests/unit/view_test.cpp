#include "world/view.hpp"

#include <gtest/gtest.h>

using namespace compositord;

namespace {

Window windowAt(std::uint32_t id, double x, double y) {
    Window window;
    window.id = WindowId{id};
    window.position = {x, y};
    window.width = 10;
    window.height = 10;
    return window;
}

Changes everyKind() {
    Changes changes;
    changes.compositor.emplace();
    changes.cameras.emplace_back().name = "A";
    changes.cameras.emplace_back().name = "B";
    changes.removedCameras = {"C"};
    changes.windows = {windowAt(1, 0, 0), windowAt(2, 100, 0)};
    changes.removedWindows = {WindowId{3}};
    return changes;
}

} // namespace

TEST(View, IncludesEverythingByDefault) {
    EXPECT_EQ(seenThrough({}, everyKind(), 100), everyKind());
}

TEST(View, LeavesOutKindsAndCameras) {
    View view;
    view.windows = false;
    view.cameraNames = {"B"};
    const Changes seen = seenThrough(view, everyKind(), 100);
    EXPECT_TRUE(seen.compositor);
    ASSERT_EQ(seen.cameras.size(), 1U);
    EXPECT_EQ(seen.cameras[0].name, "B");
    EXPECT_TRUE(seen.removedCameras.empty());
    EXPECT_TRUE(seen.windows.empty());
    EXPECT_TRUE(seen.removedWindows.empty());
}

TEST(View, TakesAWindowOutsideItsAreaAsRemoved) {
    View view;
    view.area = WorldRect{{5, 5}, 50, 50};
    const Changes seen = seenThrough(view, everyKind(), 100);
    ASSERT_EQ(seen.windows.size(), 1U);
    EXPECT_EQ(seen.windows[0].id, WindowId{1});
    EXPECT_EQ(seen.removedWindows, (std::vector{WindowId{3}, WindowId{2}}));
}

TEST(View, AlwaysIncludesWindowsOfTheScreen) {
    View view;
    view.area = WorldRect{{1000, 1000}, 1, 1};
    Changes changes;
    changes.windows = {windowAt(1, 0, 0)};
    changes.windows[0].space = Space::screen;
    EXPECT_EQ(seenThrough(view, changes, 100).windows.size(), 1U);
}

TEST(View, TouchesTheCellsThatItsAreaReachesInto) {
    EXPECT_EQ(cellsOf({{0, 0}, 100, 100}, 100), (CellRect{{0, 0}, {0, 0}}))
        << "the far edges are others' cells";
    EXPECT_EQ(cellsOf({{0, 0}, 100.5, 200}, 100), (CellRect{{0, 0}, {1, 1}}));
    EXPECT_EQ(cellsOf({{-0.5, -100}, 1, 100}, 100), (CellRect{{-1, -1}, {0, -1}}));
    EXPECT_EQ(cellsOf({{250, 250}, 0, 0}, 100), (CellRect{{2, 2}, {2, 2}})) << "a point lies in a cell";
    EXPECT_EQ(cellsOf({{100, -100}, 0, 0}, 100), (CellRect{{1, -1}, {1, -1}}));
    EXPECT_EQ(cellsOf({{-2e11, -2e11}, 4e11, 4e11}, 50).min.x, INT32_MIN);
    EXPECT_EQ(cellsOf({{-2e11, -2e11}, 4e11, 4e11}, 50), kAllCells) << "clamped to the cells that there are";
}

TEST(View, IncludesTheTilesOfItsCells) {
    Changes changes;
    for (std::int32_t x = -2; x <= 2; ++x) {
        changes.tiles.push_back({{x, 0}, std::nullopt, TileTime{}});
    }
    View view{.area = WorldRect{{-100, 0}, 150, 10}};
    EXPECT_EQ(seenThrough(view, changes, 100).tiles.size(), 2U) << "-1 and 0";
    EXPECT_EQ(seenThrough({}, changes, 100).tiles.size(), 5U);
    changes.manyTiles = true;
    EXPECT_TRUE(seenThrough(view, changes, 100).manyTiles) << "some of them may be in the area";
    view.tiles = false;
    EXPECT_TRUE(seenThrough(view, changes, 100).empty());
}
