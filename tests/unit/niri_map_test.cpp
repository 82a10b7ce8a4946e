// niri's lines as its own crate writes them, how its columns lie on the map, and what it is asked.

#include "compositor/niri_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

using namespace compositord;

namespace {

constexpr double kPitch = 900; // 750, in steps of 100, and a gap
constexpr double kGap = 16;

NiriWindow tiled(NiriId id, int column, int tile, NiriSize size = {400, 700}, NiriId workspace = 1) {
    return {.id = id,
            .workspace = workspace,
            .layout = {.place = NiriLayout::Place{column, tile}, .tile = size, .window = size}};
}

NiriWindow floating(NiriId id, WorldPoint place) {
    return {.id = id,
            .workspace = 1,
            .floating = true,
            .layout = {.tile = {100, 80}, .window = {100, 80}, .tileInView = place}};
}

NiriState with(std::vector<NiriWindow> windows, std::optional<NiriId> active = std::nullopt) {
    NiriState state;
    state.setOutputs({{"B", {1000, 0}, {800, 600}, 2}, {"A", {0, 0}, {1000, 750}, 1}});
    state.apply(NiriWorkspaces{{{.id = 1, .index = 1, .output = "A", .active = true, .activeWindow = active},
                                {.id = 2, .index = 2, .output = "A"},
                                {.id = 3, .index = 1, .output = "B", .active = true}}});
    state.apply(NiriWindows{std::move(windows)});
    return state;
}

const Window& find(const NiriMap& map, std::uint32_t id) {
    return *std::ranges::find(map.windows(), WindowId{id}, &Window::id);
}

WorldPoint placeOf(const NiriMap& map, std::uint32_t id) {
    return find(map, id).position;
}

NiriMap shown(const NiriState& state) {
    NiriMap map;
    map.show(state);
    return map;
}

std::vector<std::string> linesOf(const char* path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        lines.push_back(line);
    }
    return lines;
}

} // namespace

TEST(NiriMap, ColumnsLieBesideEachOtherAndWorkspacesBelow) {
    const auto map = shown(with({tiled(1, 1, 1), tiled(2, 2, 1, {400, 342}), tiled(3, 2, 2, {300, 342}),
                                 tiled(4, 1, 1, {400, 700}, 2), floating(5, {10, 20})}));
    EXPECT_EQ(placeOf(map, 1), (WorldPoint{kGap, 25})) << "in the middle, from top to bottom";
    EXPECT_EQ(placeOf(map, 2), (WorldPoint{2 * kGap + 400, 25}));
    EXPECT_EQ(placeOf(map, 3), (WorldPoint{2 * kGap + 400, 25 + 342 + kGap}));
    EXPECT_EQ(placeOf(map, 4), (WorldPoint{kGap, 25 + kPitch}));
    EXPECT_EQ(placeOf(map, 5), (WorldPoint{10, 20}));
    ASSERT_EQ(map.cameras().size(), 2U);
    EXPECT_EQ(map.cameras()[0].live, (CameraPose{{500, 375}, 1}));
    EXPECT_EQ(map.cameras()[1].name, "B");
    EXPECT_EQ(map.cameras()[1].viewportWidth, 1600U);
    EXPECT_EQ(map.cameras()[1].live.center.x, 4000 + 800 + 400) << "beside the other output";
    EXPECT_FALSE(map.tellsPlaces());
}

TEST(NiriMap, TabsLieUponEachOther) {
    const auto map = shown(with({tiled(1, 1, 1), tiled(2, 1, 2)}, 2));
    EXPECT_EQ(placeOf(map, 1), placeOf(map, 2));
    EXPECT_LT(find(map, 1).stacking, find(map, 2).stacking) << "the active one is in front";
}

TEST(NiriMap, TheViewGoesNoFurtherThanItMust) {
    auto state = with({tiled(1, 1, 1), tiled(2, 2, 1), tiled(3, 3, 1), floating(4, {10, 20})}, 1);
    NiriMap map = shown(state);
    const auto left = [&] { return map.cameras()[0].live.center.x - 500; };
    EXPECT_EQ(left(), 0);
    state.apply(NiriActiveWindow{1, 3});
    map.show(state);
    EXPECT_EQ(left(), 4 * kGap + 1200 - 1000);
    EXPECT_EQ(placeOf(map, 4).x, left() + 10) << "what floats goes with it";
    state.apply(NiriActiveWindow{1, 2});
    map.show(state);
    EXPECT_EQ(left(), 4 * kGap + 1200 - 1000) << "it is in view";
    map.expectCentered({"A", 1, 1});
    state.apply(NiriActiveWindow{1, 1});
    map.show(state);
    EXPECT_EQ(left(), kGap + 200 - 500);
    EXPECT_EQ(map.cameras()[1].live.center.x, 4000 + 800 + 400) << "nobody else moves";
}

TEST(NiriMap, PlacesThatAreToldPrevail) {
    auto first = tiled(1, 1, 1);
    auto second = tiled(2, 2, 1);
    first.layout.tileInView = WorldPoint{-300, 40};
    second.layout.tileInView = WorldPoint{110, 40};
    const auto map = shown(with({first, second}, 1));
    EXPECT_TRUE(map.tellsPlaces());
    EXPECT_EQ(map.cameras()[0].live.center.x, kGap + 300 + 500);
    EXPECT_EQ(placeOf(map, 2), (WorldPoint{kGap + 410, 40}));
    EXPECT_FALSE(shown(with({first, tiled(2, 2, 1)}, 1)).tellsPlaces()) << "some are not enough";
}

TEST(NiriMap, WhatHasNoPlaceIsStillThere) {
    NiriState state;
    state.setOutputs({});
    state.apply(NiriWorkspaces{});
    state.apply(NiriWindows{{{.id = 5}, {.id = 6, .workspace = 99}, {.id = 7, .floating = true}}});
    const auto map = shown(state);
    ASSERT_EQ(map.windows().size(), 3U);
    EXPECT_LT(placeOf(map, 5).y, 0) << "above the first workspace";
    EXPECT_GT(find(map, 5).width, 0) << "an old niri does not say it";
    EXPECT_TRUE(map.cameras().empty());
    EXPECT_EQ(map.linesFor(SetCamera{.x = 1}).error().code, RefusalCode::notFound);
    EXPECT_EQ(map.linesFor(CenterWindow{.window = WindowId{5}}).error().code, RefusalCode::notFound);
    EXPECT_EQ(map.linesFor(FocusWindow{WindowId{5}}), "{\"Action\":{\"FocusWindow\":{\"id\":5}}}\n");
}

TEST(NiriMap, IdsThatAreTooLargeGetOneOfOurs) {
    constexpr NiriId kLarge = 0x123456789abcdef0;
    auto state = with({tiled(kLarge, 1, 1), tiled(7, 2, 1)});
    NiriMap map = shown(state);
    const WindowId ours = map.windows()[1].id == WindowId{7} ? map.windows()[0].id : map.windows()[1].id;
    EXPECT_GT(std::to_underlying(ours), 0x7fffffffU);
    EXPECT_EQ(map.linesFor(CloseWindow{ours}),
              "{\"Action\":{\"CloseWindow\":{\"id\":1311768467463790320}}}\n");
    state.apply(NiriWindowClosed{7});
    map.show(state);
    EXPECT_EQ(map.windows()[0].id, ours) << "it stays";
}

TEST(NiriMap, CamerasGoToWorkspacesAndColumns) {
    const auto map = shown(with({tiled(1, 1, 1), tiled(2, 2, 1), tiled(3, 3, 1)}, 1));
    EXPECT_EQ(map.linesFor(SetCamera{.x = 500, .y = 375}), "") << "it is there";
    EXPECT_EQ(map.linesFor(SetCamera{.x = 9999}), "{\"Action\":{\"FocusWindow\":{\"id\":3}}}\n");
    EXPECT_EQ(map.linesFor(SetCamera{.y = kPitch}),
              "{\"Action\":{\"FocusWorkspace\":{\"reference\":{\"Id\":2}}}}\n");
    EXPECT_EQ(map.linesFor(SetCamera{.camera = "C"}).error().member, "camera");
    EXPECT_EQ(map.linesFor(CenterWindow{.window = WindowId{1}, .camera = "B"}).error().member, "camera");
}

TEST(NiriMap, WindowsMoveAsFarAsNiriLetsThem) {
    const auto map = shown(with({tiled(1, 1, 1), floating(2, {10, 20})}, 1));
    EXPECT_EQ(map.linesFor(MoveWindow{WindowId{1}, {100, 100}}).error().code, RefusalCode::unsupported);
    EXPECT_EQ(map.linesFor(MoveWindow{WindowId{1}, {100, kPitch}}),
              "{\"Action\":{\"MoveWindowToWorkspace\":{\"window_id\":1,\"reference\":{\"Id\":2},"
              "\"focus\":false}}}\n");
    EXPECT_EQ(map.linesFor(MoveWindow{WindowId{2}, {0, 30}}),
              "{\"Action\":{\"MoveFloatingWindow\":{\"id\":2,\"x\":{\"AdjustFixed\":-10},"
              "\"y\":{\"AdjustFixed\":10}}}}\n");
    EXPECT_EQ(map.linesFor(MoveWindow{WindowId{2}, {10, 20 + kPitch}}),
              "{\"Action\":{\"MoveWindowToWorkspace\":{\"window_id\":2,\"reference\":{\"Id\":2},"
              "\"focus\":false}}}\n")
        << "at the same place there";
    EXPECT_EQ(map.linesFor(ResizeWindow{WindowId{2}, 50.4, 60}),
              "{\"Action\":{\"SetWindowWidth\":{\"id\":2,\"change\":{\"SetFixed\":50}}}}\n"
              "{\"Action\":{\"SetWindowHeight\":{\"id\":2,\"change\":{\"SetFixed\":60}}}}\n");
    EXPECT_EQ(map.linesFor(RaiseWindow{WindowId{2}}).error().code, RefusalCode::unsupported);
}

TEST(NiriIpc, WhatItsOwnCrateWroteIsReadAsItsOwnCodeReadsIt) {
    NiriState state;
    for (const std::string& line : linesOf(VECTORS_DIR "/niri/session.jsonl")) {
        auto read = parseNiriLine(line);
        ASSERT_TRUE(read) << line << ": " << read.error().message;
        if (auto* event = std::get_if<NiriEvent>(&*read)) {
            state.apply(std::move(*event));
        } else if (const auto* reply = std::get_if<NiriReply>(&*read)) {
            if (const auto* outputs = std::get_if<NiriOutputs>(reply)) {
                state.setOutputs(outputs->outputs);
            }
        }
    }
    ASSERT_TRUE(state.complete());
    EXPECT_FALSE(state.needsOutputs());
    ASSERT_EQ(state.outputs().size(), 2U) << "one is off";
    EXPECT_EQ(state.outputs()[1].scale, 1.5);
    EXPECT_TRUE(state.workspaces().at(2).active);
    const std::string end = linesOf(VECTORS_DIR "/niri/windows_at_end.json").at(0);
    NiriState truth;
    truth.apply(std::get<NiriEvent>(*parseNiriLine(R"({"WindowsChanged":{"windows":)" + end + "}}")));
    NiriState compared = state;
    const auto seen = [](NiriState& windows) {
        windows.setOutputs({});
        windows.apply(NiriWorkspaces{});
        return shown(windows).windows();
    };
    EXPECT_EQ(seen(compared), seen(truth));
}

TEST(NiriIpc, OtherLinesAreToldApart) {
    EXPECT_TRUE(std::holds_alternative<NiriOther>(*parseNiriLine(R"({"CastsChanged":{"casts":[]}})")));
    EXPECT_TRUE(std::holds_alternative<NiriReply>(*parseNiriLine(R"({"Ok":{"Version":"26.04"}})")));
    EXPECT_EQ(std::get<NiriRefused>(std::get<NiriReply>(*parseNiriLine(R"({"Err":"no"})"))).why, "no");
    EXPECT_FALSE(parseNiriLine("\"Handled\""));
    EXPECT_EQ(parseNiriLine(R"({"WindowClosed":{"id":-1}})").error().member, "WindowClosed.id");
    EXPECT_EQ(parseNiriLine(R"({"WindowLayoutsChanged":{"changes":[[1]]}})").error().member,
              "WindowLayoutsChanged.changes[0]");
    EXPECT_EQ(parseNiriLine(R"({"Ok":{"Outputs":{"DP-1":{"logical":{"x":0}}}}})").error().member,
              "Ok.Outputs.DP-1.logical.y");
    EXPECT_TRUE(parseNiriLine(R"({"WindowsChanged":{"windows":[{"id":1}]}})")) << "an older version";
}

TEST(NiriState, WhatCannotBeChangesNothing) {
    NiriState state;
    state.apply(NiriWorkspaceActivated{9});
    state.apply(NiriActiveWindow{9, 1});
    state.apply(NiriWindowClosed{9});
    state.apply(NiriFocusChanged{9});
    state.apply(NiriUrgencyChanged{9, true});
    state.apply(NiriLayoutsChanged{{{9, {}}}});
    EXPECT_TRUE(state.windows().empty() && state.workspaces().empty());
    EXPECT_FALSE(state.complete());
}
