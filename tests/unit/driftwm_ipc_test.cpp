// driftwm's states as its documentation has them, in its coordinates and in ours.

#include "compositor/driftwm_ipc.hpp"
#include "compositor/socket_lines.hpp"

#include <gtest/gtest.h>

using namespace compositord;

namespace {

constexpr std::string_view kState =
    R"({"State":{"camera":[100.0,50.0],"zoom":0.5,"layout":"English","layout_short":"us","windows":[)"
    R"({"id":3,"app_id":"foot","title":"~","position":[0,10],"size":[800,480],"is_focused":true,"is_widget":false,)"
    R"("suspended":false,"mode":"Fit","pid":7},)"
    R"({"id":0,"app_id":"clock","title":"","position":[0,0],"size":[10,20],"is_focused":false,"is_widget":true}],)"
    R"("fullscreen":[{"id":5,"output":"DP-1","app_id":"mpv","title":"film"}],)"
    R"("pinned":[{"id":6,"output":"DP-1","app_id":"pin","title":"p","position":[100,200],"size":[300,100]}],)"
    R"("outputs":[{"name":"DP-1","camera":[100.0,50.0],"zoom":0.5,"size":[1000,800],"active":true},)"
    R"({"name":"DP-2","camera":[0.0,0.0],"zoom":1.0,"size":[1000,800],"active":false}],"later":[]}})";

DriftwmState state() {
    return std::get<DriftwmState>(*parseDriftwmLine(kState));
}

} // namespace

TEST(DriftwmIpc, CentresWithYUpwardBecomeCornersWithYDownward) {
    const auto read = state();
    ASSERT_EQ(read.cameras.size(), 2U);
    EXPECT_EQ(read.activeCamera, "DP-1");
    EXPECT_EQ(read.cameras[0].live, (CameraPose{{100, -50}, 0.5}));
    EXPECT_EQ(read.cameras[0].viewportWidth, 1000U);
    ASSERT_EQ(read.windows.size(), 4U);
    const Window& foot = read.windows[0];
    EXPECT_EQ(foot.id, WindowId{4});
    EXPECT_EQ(foot.position, (WorldPoint{-400, -250}));
    EXPECT_EQ(foot.pid, 7U);
    EXPECT_TRUE(foot.states.activated && foot.states.maximized);
    EXPECT_EQ(read.windows[1].space, Space::widget);
    EXPECT_GT(foot.stacking, read.windows[1].stacking);
}

TEST(DriftwmIpc, WhatIsOnTheScreenHasItsPlaceThere) {
    const auto read = state();
    EXPECT_TRUE(read.windows[2].states.fullscreen);
    EXPECT_EQ(read.windows[2].screen, (ScreenPlace{"DP-1", {0, 0}}));
    EXPECT_EQ(read.windows[2].width, 1000);
    EXPECT_EQ(read.windows[3].screen, (ScreenPlace{"DP-1", {450, 150}}));
}

TEST(DriftwmIpc, RequestsAreInItsCoordinates) {
    const auto now = state();
    EXPECT_EQ(driftwmRequest(now, MoveWindow{WindowId{4}, {-400, -250}}),
              "{\"Move\":{\"window\":3,\"to\":[0,10]}}\n");
    EXPECT_EQ(driftwmRequest(now, ResizeWindow{WindowId{4}, 100.4, 80}),
              "{\"Resize\":{\"window\":3,\"to\":[100,80]}}\n");
    EXPECT_EQ(driftwmRequest(now, FocusWindow{WindowId{1}}), "{\"Focus\":0}\n");
    EXPECT_EQ(driftwmRequest(now, CloseWindow{WindowId{6}}), "{\"Close\":5}\n");
    EXPECT_EQ(driftwmRequest(now, SetCamera{.x = 7, .zoom = 9}), "{\"Zoom\":1}\n{\"Camera\":[7,50]}\n");
    EXPECT_EQ(driftwmRequest(now, CenterWindow{.window = WindowId{4}}), "{\"Camera\":[0,10]}\n");
}

TEST(DriftwmIpc, WhatItCannotDoIsRefused) {
    const auto now = state();
    EXPECT_EQ(driftwmRequest(now, SetCamera{.camera = "DP-2", .x = 1}).error().code,
              RefusalCode::unsupported);
    EXPECT_EQ(driftwmRequest(now, SetCamera{.camera = "DP-3", .x = 1}).error().code, RefusalCode::notFound);
    EXPECT_EQ(driftwmRequest(now, MoveWindow{WindowId{6}, {}}).error().code, RefusalCode::unsupported);
    EXPECT_EQ(driftwmRequest(now, FocusWindow{WindowId{99}}).error().code, RefusalCode::notFound);
    EXPECT_EQ(driftwmRequest(now, RaiseWindow{WindowId{4}}).error().code, RefusalCode::unsupported);
}

TEST(DriftwmIpc, OtherLinesAreToldApart) {
    EXPECT_FALSE(std::get<DriftwmReply>(*parseDriftwmLine(R"({"Ok":"Ok"})")).error);
    EXPECT_EQ(std::get<DriftwmReply>(*parseDriftwmLine(R"({"Err":"no"})")).error, "no");
    EXPECT_TRUE(std::holds_alternative<DriftwmOther>(*parseDriftwmLine(R"({"Bookmark":3})")));
    EXPECT_FALSE(parseDriftwmLine("[1]"));
    EXPECT_FALSE(parseDriftwmLine(R"({"State":3})"));
    EXPECT_EQ(parseDriftwmLine(R"({"State":{"windows":[{"id":-1}]}})").error().member, "State.windows.id");
    EXPECT_TRUE(parseDriftwmLine(R"({"State":{"windows":[]}})")) << "an older version";
}

TEST(Lines, AreWholeWhereverTheyAreCut) {
    const std::string text = "one\n\ntwo\nthr";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Lines lines;
        std::vector<std::string> seen;
        const auto keep = [&](std::string_view line) {
            seen.emplace_back(line);
            return true;
        };
        EXPECT_TRUE(lines.feed(text.substr(0, cut), keep));
        EXPECT_TRUE(lines.feed(text.substr(cut), keep));
        EXPECT_TRUE(lines.feed("ee\n", keep));
        EXPECT_EQ(seen, (std::vector<std::string>{"one", "", "two", "three"})) << cut;
    }
}

TEST(Lines, MayNotBeLongerThanTheBound) {
    Lines lines;
    const std::string half(Lines::kLongest / 2 + 1, 'x');
    const auto ignore = [](std::string_view) { return true; };
    EXPECT_TRUE(lines.feed(half, ignore));
    EXPECT_FALSE(lines.feed(half, ignore));
}
