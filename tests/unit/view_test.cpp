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
