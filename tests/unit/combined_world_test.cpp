#include "web/stage.hpp"
#include "world/combined_world.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

using namespace compositord;

namespace {

PlacedCompositor placed(const std::string& name, WorldPoint offset, Capabilities capabilities = {}) {
    return {{.name = name, .driver = "test", .connected = true, .capabilities = capabilities}, offset};
}

Camera camera(const std::string& name, double x, double y) {
    Camera result;
    result.name = name;
    result.live.center = result.target.center = {x, y};
    return result;
}

Window window(std::uint32_t id, WorldPoint position) {
    Window result;
    result.id = WindowId{id};
    result.position = position;
    result.width = 100;
    result.height = 100;
    return result;
}

class CombinedWorlds : public testing::Test {
protected:
    CombinedWorld combined{{placed("a", {0, 0}, {Capability::camera, Capability::tiles}),
                            placed("b", {1000, 500}, {Capability::move})}};

    WindowId numberOf(const std::string& compositor) const {
        for (const auto& [id, window] : combined.world().windows()) {
            if (window.compositor == compositor) {
                return id;
            }
        }
        return {};
    }

    CombinedWorld::Addressed one(Command command) {
        const auto all = combined.address({std::move(command), {.client = ClientNumber{7}}});
        EXPECT_TRUE(all && all->size() == 1);
        return all ? all->front() : CombinedWorld::Addressed{};
    }
};

TEST_F(CombinedWorlds, ShowThingsOfAllAtTheirOffsets) {
    combined.apply(0, {.cameras = {camera("DP-1", 1, 2)}, .windows = {window(5, {10, 20})}});
    Window dialog = window(6, {1, 1});
    dialog.parent = WindowId{5};
    dialog.screen = ScreenPlace{.camera = "DP-1", .position = {}};
    combined.apply(1, {.cameras = {camera("DP-1", 1, 2)}, .windows = {dialog, window(5, {10, 20})}});

    const World& world = combined.world();
    ASSERT_EQ(world.cameras().size(), 2U);
    EXPECT_EQ(world.cameras().at("a/DP-1").live.center, (WorldPoint{1, 2}));
    EXPECT_EQ(world.cameras().at("b/DP-1").target.center, (WorldPoint{1001, 502}));
    ASSERT_EQ(world.windows().size(), 3U);
    for (const auto& [id, window] : world.windows()) {
        if (window.parent) {
            EXPECT_EQ(world.windows().at(*window.parent).position, (WorldPoint{1010, 520}));
            EXPECT_EQ(window.screen->camera, "b/DP-1");
        }
    }
    EXPECT_EQ(world.firstCamera()->name, "a/DP-1");
}

TEST_F(CombinedWorlds, CallNothingByANameThatIsTooLong) {
    const std::string name = "\u00e4" + std::string(253, 'x') + "\u00e4"; // with its compositor 258 bytes
    const std::string longer = name + "\u00e4";
    Window onScreen = window(5, {10, 20});
    onScreen.screen = ScreenPlace{.camera = longer, .position = {}};
    combined.apply(1, {.cameras = {camera(name, 1, 2), camera(longer, 3, 4)}, .windows = {onScreen}});
    const auto& cameras = combined.world().cameras();
    ASSERT_EQ(cameras.size(), 2U);
    std::vector<std::string> names;
    for (const auto& [called, camera] : cameras) {
        EXPECT_LE(called.size(), 256U);
        EXPECT_TRUE(called.starts_with("b/\u00e4xx"));
        const auto asked = one(SetCamera{.camera = called, .x = 1001, .y = {}, .zoom = {}});
        EXPECT_EQ(asked.part, 1U);
        names.push_back(std::get<SetCamera>(asked.request.command).camera.value());
    }
    EXPECT_EQ(std::set(names.begin(), names.end()), (std::set{name, longer}));
    const auto& place = combined.world().windows().begin()->second.screen;
    ASSERT_TRUE(place && place->camera);
    EXPECT_EQ(cameras.at(*place->camera).live.center, (WorldPoint{1003, 504}));
    combined.apply(1, {.cameras = {camera(name, 5, 6)}, .removedCameras = {longer}});
    ASSERT_EQ(cameras.size(), 1U);
    EXPECT_EQ(cameras.begin()->second.live.center, (WorldPoint{1005, 506}));
    combined.apply(1, {.removedCameras = {name}});
    EXPECT_TRUE(cameras.empty());
}

TEST_F(CombinedWorlds, SayHowEachStands) {
    const World& world = combined.world();
    EXPECT_EQ(world.compositor().name, "a,b");
    EXPECT_TRUE(world.compositor().connected);
    EXPECT_EQ(world.compositor().capabilities,
              (Capabilities{Capability::camera, Capability::tiles, Capability::move}));
    EXPECT_TRUE(
        combined.apply(1, {.compositor = Compositor{.name = "b", .driver = "test", .reason = "gone"}}));
    EXPECT_TRUE(world.compositor().connected);
    EXPECT_FALSE(world.compositors().at(1).compositor.connected);
    EXPECT_EQ(world.compositors().at(1).offset, (WorldPoint{1000, 500}));
    EXPECT_TRUE(
        combined.apply(0, {.compositor = Compositor{.name = "a", .driver = "test", .reason = "gone"}}));
    EXPECT_FALSE(world.compositor().connected);
}

TEST_F(CombinedWorlds, RemoveOnlyWhatIsOfTheOneThatGoes) {
    combined.apply(0, {.cameras = {camera("DP-1", 0, 0)}, .windows = {window(5, {0, 0})}});
    combined.apply(1, {.cameras = {camera("DP-1", 0, 0)}, .windows = {window(5, {0, 0})}});
    combined.apply(1, {.removedCameras = {"DP-1"}, .removedWindows = {WindowId{5}, WindowId{99}}});
    EXPECT_TRUE(combined.world().cameras().contains("a/DP-1"));
    EXPECT_EQ(combined.world().cameras().size(), 1U);
    ASSERT_EQ(combined.world().windows().size(), 1U);
    const WindowId before = combined.world().windows().begin()->first;
    combined.apply(1, {.windows = {window(5, {0, 0})}});
    EXPECT_NE(numberOf("b"), before);
    EXPECT_EQ(combined.world().windows().size(), 2U);
}

TEST_F(CombinedWorlds, PassRequestsOnInTheCoordinatesOfTheirCompositor) {
    combined.apply(1, {.cameras = {camera("DP-1", 0, 0)}, .windows = {window(5, {0, 0})}});
    const auto moved = one(MoveWindow{numberOf("b"), {1010, 520}});
    EXPECT_EQ(moved.part, 1U);
    EXPECT_EQ(std::get<MoveWindow>(moved.request.command).window, WindowId{5});
    EXPECT_EQ(std::get<MoveWindow>(moved.request.command).position, (WorldPoint{10, 20}));
    const auto camera = one(SetCamera{.camera = "b/DP-1", .x = 1001, .y = {}, .zoom = 2});
    EXPECT_EQ(camera.part, 1U);
    const auto& set = std::get<SetCamera>(camera.request.command);
    EXPECT_EQ(set.camera, "DP-1");
    EXPECT_EQ(set.x, 1);
    EXPECT_FALSE(set.y);
    EXPECT_EQ(one(SetCamera{.camera = {}, .x = 1, .y = {}, .zoom = {}}).part, 0U);
    EXPECT_EQ(one(CenterWindow{.window = numberOf("b"), .camera = "b/DP-1"}).part, 1U);
    EXPECT_EQ(one(PutTile{.cell = {1, 2}, .brick = "x"}).part, 0U);
}

TEST_F(CombinedWorlds, RefuseWhatIsNotThere) {
    combined.apply(1, {.windows = {window(5, {0, 0})}});
    const auto code = [&](Command command) { return combined.address({std::move(command), {}}).error(); };
    EXPECT_EQ(code(CloseWindow{WindowId{99}}).member, "window");
    EXPECT_EQ(code(SetCamera{.camera = "DP-1", .x = 1, .y = {}, .zoom = {}}).member, "camera");
    EXPECT_EQ(code(CenterWindow{.window = numberOf("b"), .camera = "a/DP-1"}).member, "camera");
}

TEST_F(CombinedWorlds, LetInputGoWhereThePointerIs) {
    combined.apply(0, {.windows = {window(1, {0, 0})}});
    combined.apply(1, {.windows = {window(1, {0, 0})}});
    const auto ask = [&](Command command) {
        return combined.address({std::move(command), {.client = ClientNumber{7}}}).value();
    };
    auto there = ask(Input{{PointerMotion{{1050, 550}}, PointerButton{272, true}}});
    ASSERT_EQ(there.size(), 2U); // what is pressed in the first one is released
    EXPECT_EQ(there[0].part, 0U);
    EXPECT_TRUE(std::holds_alternative<ReleaseInput>(there[0].request.command));
    EXPECT_EQ(there[1].part, 1U);
    const auto& events = std::get<Input>(there[1].request.command).events;
    EXPECT_EQ(std::get<PointerMotion>(events[0]).position, (WorldPoint{50, 50}));
    there = ask(Input{{KeyChange{30, true}}});
    ASSERT_EQ(there.size(), 1U);
    EXPECT_EQ(there[0].part, 1U);
    there = ask(FocusWindow{numberOf("a")});
    EXPECT_EQ(there.back().part, 0U);
    EXPECT_EQ(ask(Input{{KeyChange{30, false}}}).front().part, 0U);
    EXPECT_EQ(ask(ReleaseInput{}).size(), 2U);
}

TEST_F(CombinedWorlds, AreFoundByThePathsOfClients) {
    World a(Compositor{.name = "a"});
    World b(Compositor{.name = "b"});
    std::vector<Stage::Settings> settings;
    for (const World* world : {&combined.world(), &a, &b}) {
        settings.push_back({world, "x", {}});
    }
    const Stages stages(std::move(settings));
    const auto at = [&](std::string_view path) { return stages.find(compositorsIn(path)); };
    EXPECT_EQ(&at("/")->stage.world, &combined.world());
    EXPECT_EQ(&at("/ws")->stage.world, &combined.world());
    EXPECT_EQ(&at("/c/b")->stage.world, &b);
    EXPECT_EQ(&at("/c/b/")->stage.world, &b);
    EXPECT_EQ(&at("/c/b,a")->stage.world, &combined.world());
    EXPECT_EQ(at("/c/b,a")->view.compositors, (std::vector<std::string>{"b", "a"}));
    EXPECT_FALSE(at("/c/x"));
    EXPECT_FALSE(at("/c/a,x"));
    EXPECT_FALSE(at("/c/a,"));
}

} // namespace
