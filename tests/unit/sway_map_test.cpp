// How sway's workspaces lie on the map, and what sway is told.

#include "compositor/sway_map.hpp"

#include <gtest/gtest.h>

using namespace compositord;

namespace {

SwayWindow window(std::uint32_t id, bool floating = false) {
    return {.id = WindowId{id}, .rect = {10, 20, 300, 200}, .titleBar = 25, .floating = floating};
}

SwayOutput output(std::vector<SwayWorkspace> workspaces, std::string shown) {
    return {.name = "DP-1",
            .rect = {0, 0, 1000, 750},
            .scale = 2,
            .shown = std::move(shown),
            .workspaces = std::move(workspaces)};
}

SwayMap shown(SwayTree tree) {
    SwayMap map;
    map.show(std::move(tree));
    return map;
}

double yOf(const SwayMap& map, std::uint32_t id) {
    for (const Window& each : map.windows()) {
        if (each.id == WindowId{id}) {
            return each.position.y;
        }
    }
    return -1e9;
}

constexpr double kPitch = 900; // 750, in steps of 100, and a gap

} // namespace

TEST(SwayMap, AWorkspaceLiesInTheRowOfItsNumberAndTheCameraWhereItIsShown) {
    const auto map = shown({output({{"1", 1, {window(1)}}, {"3: mail", 3, {window(2)}}}, "3: mail")});
    EXPECT_EQ(yOf(map, 1), 20);
    EXPECT_EQ(yOf(map, 2), 20 + 2 * kPitch);
    const Camera camera = map.cameras().at(0);
    EXPECT_EQ(camera.live, (CameraPose{{500, 375 + 2 * kPitch}, 2}));
    EXPECT_EQ(camera.viewportWidth, 2000U);
}

TEST(SwayMap, NamesAndNumbersThatAreTakenLieAboveAndStayWhereTheyAre) {
    auto map =
        shown({output({{"1", 1, {window(1)}}, {"a", -1, {window(2)}}, {"1: b", 1, {window(3)}}}, "1")});
    EXPECT_EQ(yOf(map, 2), 20 - kPitch);
    EXPECT_EQ(yOf(map, 3), 20 - 2 * kPitch);
    map.show({output({{"0", -1, {window(4)}}, {"1: b", 1, {window(3)}}}, "0")});
    EXPECT_EQ(yOf(map, 3), 20 - 2 * kPitch) << "others that go or come move nothing";
    EXPECT_EQ(yOf(map, 4), 20 - kPitch);
}

TEST(SwayMap, NoTwoWindowsHaveOnePlaceInTheStack) {
    SwayWindow covered = window(1);
    covered.covered = true;
    SwayWindow fullscreen = window(4);
    fullscreen.fullscreen = true;
    const auto map = shown({output({{"1", 1, {covered, window(2), window(3, true), fullscreen}}}, "1")});
    const auto windows = map.windows();
    for (std::size_t i = 1; i < windows.size(); ++i) {
        EXPECT_LT(windows[i - 1].stacking, windows[i].stacking);
    }
}

TEST(SwayMap, WhatFloatsIsToldItsPositionWithTheTitleBar) {
    const auto map = shown({output({{"1", 1, {window(1, true)}}, {"2", 2, {}}}, "1")});
    EXPECT_EQ(map.commandFor(MoveWindow{WindowId{1}, {50, 60}}),
              "[con_id=1] move absolute position 50 px 35 px");
    EXPECT_EQ(map.commandFor(MoveWindow{WindowId{1}, {50, 60 + kPitch}}),
              "[con_id=1] move absolute position 50 px 35 px; [con_id=1] move container to workspace \"2\"");
    EXPECT_EQ(map.commandFor(ResizeWindow{WindowId{1}, 100, 80}),
              "[con_id=1] resize set width 100 px height 105 px");
}

TEST(SwayMap, NamesAreQuotedOrRefused) {
    const auto to = [](const std::string& name) {
        return shown({output({{"1", 1, {}}, {name, 2, {}}}, "1")}).commandFor(SetCamera{.y = kPitch});
    };
    EXPECT_EQ(to("a; exec b"), "workspace --no-auto-back-and-forth \"a; exec b\"");
    EXPECT_EQ(to("a\", exec b"), "workspace --no-auto-back-and-forth 'a\", exec b'");
    EXPECT_FALSE(to("a\"'; exec b"));
    EXPECT_FALSE(to("$HOME"));
    EXPECT_FALSE(to("a\\\""));
}

TEST(SwayMap, ACameraGoesToTheNearestWorkspaceOrStays) {
    const auto map = shown({output({{"1", 1, {}}, {"4", 4, {}}}, "1")});
    EXPECT_EQ(map.commandFor(SetCamera{.x = 5, .y = 400}), "");
    EXPECT_EQ(map.commandFor(SetCamera{.zoom = 3}), "");
    EXPECT_EQ(map.commandFor(SetCamera{.y = 1e6}), "workspace --no-auto-back-and-forth \"4\"");
    EXPECT_FALSE(map.commandFor(SetCamera{.camera = "DP-2", .y = 0}));
}

TEST(SwayMap, WhatIsUnknownIsRefused) {
    const auto map = shown({output({{"1", 1, {window(1)}}}, "1")});
    EXPECT_EQ(map.commandFor(CloseWindow{WindowId{9}}).error().code, RefusalCode::notFound);
    EXPECT_EQ(map.commandFor(MoveWindow{WindowId{1}, {0, 0}}).error().code, RefusalCode::unsupported);
    EXPECT_EQ(SwayMap().commandFor(SetCamera{.y = 0}).error().code, RefusalCode::notFound);
}
