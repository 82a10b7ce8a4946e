#include "world/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

using namespace compositord;

namespace {

Compositor compositor() {
    return {.name = "test", .driver = "test", .connected = true};
}

Camera camera(const std::string& name, double x = 0) {
    Camera result;
    result.name = name;
    result.live.center.x = x;
    return result;
}

Window window(std::uint32_t id, const std::string& title = "") {
    Window result;
    result.id = WindowId{id};
    result.title = title;
    return result;
}

bool sameState(const World& a, const World& b) {
    return a.snapshot() == b.snapshot();
}

World replay(const World& world) {
    World copy(compositor());
    copy.apply(world.snapshot());
    return copy;
}

/// A commit as a busy compositor makes it: some things come, change, go, or come again.
Changes randomCommit(std::mt19937_64& random) {
    std::uniform_int_distribution<int> amount(0, 3);
    std::uniform_int_distribution<std::uint32_t> id(1, 30);
    std::uniform_int_distribution<int> value(0, 5);
    Changes commit;
    for (int i = amount(random); i > 0; --i) {
        commit.windows.push_back(window(id(random), std::to_string(value(random))));
    }
    for (int i = amount(random); i > 0; --i) {
        commit.removedWindows.push_back(WindowId{id(random)});
    }
    if (value(random) == 0) {
        commit.cameras.push_back(camera(std::to_string(id(random) % 3), value(random)));
    }
    if (value(random) == 1) {
        commit.removedCameras.push_back(std::to_string(id(random) % 3));
    }
    if (value(random) == 2) {
        commit.compositor = compositor();
        commit.compositor->gridSize = id(random);
    }
    return commit;
}

} // namespace

TEST(World, TurnsACommitIntoOneRevision) {
    World world(compositor());
    const Revision before = world.revision();
    Changes commit;
    commit.cameras = {camera("A")};
    commit.windows = {window(1), window(2)};
    const auto set = world.apply(commit);
    ASSERT_TRUE(set);
    EXPECT_EQ(set->since, before);
    EXPECT_EQ(set->revision, before + 1);
    EXPECT_EQ(set->changes, commit);
    EXPECT_EQ(world.revision(), before + 1);
}

TEST(World, HasNoRevisionForWhatChangesNothing) {
    World world(compositor());
    Changes commit;
    commit.windows = {window(1)};
    ASSERT_TRUE(world.apply(commit));
    EXPECT_FALSE(world.apply(commit));
    EXPECT_FALSE(world.apply({}));
    Changes removal;
    removal.removedWindows = {WindowId{9}};
    removal.compositor = compositor();
    EXPECT_FALSE(world.apply(removal));
}

TEST(World, ReportsOnlyWhatReallyChanged) {
    World world(compositor());
    Changes first;
    first.windows = {window(1), window(2)};
    world.apply(first);
    Changes second;
    second.windows = {window(1), window(2, "new"), window(2, "newer")};
    const auto set = world.apply(second);
    ASSERT_TRUE(set);
    EXPECT_EQ(set->changes.windows, std::vector{window(2, "newer")});
}

TEST(World, TakesAThingThatGoesAndComesInOneCommitAsChanged) {
    World world(compositor());
    Changes first;
    first.cameras = {camera("A", 1)};
    world.apply(first);
    Changes second;
    second.removedCameras = {"A"};
    second.cameras = {camera("A", 2)};
    const auto set = world.apply(second);
    ASSERT_TRUE(set);
    EXPECT_TRUE(set->changes.removedCameras.empty());
    EXPECT_EQ(set->changes.cameras, std::vector{camera("A", 2)});
}

TEST(World, TellsWhenTwoRequestsHadTheSameOutcome) {
    World world(compositor());
    Changes commit;
    commit.cameras = {camera("A")};
    commit.cameras[0].cause = Cause{1, {"page", {}}};
    ASSERT_TRUE(world.apply(commit));
    commit.cameras[0].cause = Cause{2, {"page", {}}};
    EXPECT_TRUE(world.apply(commit));
}

// Whoever joins late, falls behind, or comes back ends where one is who was there all the time.
TEST(World, IsTheSameByEveryWay) {
    std::mt19937_64 random(7); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same histories in each run
    std::uniform_int_distribution<int> chance(0, 9);
    for (int history = 0; history < 10000; ++history) {
        World world(compositor());
        World follower(compositor());
        World sleeper(compositor());
        Revision asleepSince = world.revision();
        for (int step = 0; step < 40; ++step) {
            if (const auto set = world.apply(randomCommit(random))) {
                follower.apply(set->changes);
            }
            if (chance(random) == 0) {
                const auto missed = world.changesSince(asleepSince);
                ASSERT_TRUE(missed);
                ASSERT_EQ(missed->revision, world.revision());
                sleeper.apply(missed->changes);
                asleepSince = world.revision();
                ASSERT_TRUE(sameState(sleeper, world));
            }
        }
        ASSERT_TRUE(sameState(follower, world));
        ASSERT_TRUE(sameState(replay(world), world));
    }
}

TEST(World, MergesWhatChangedOften) {
    World world(compositor());
    Changes first;
    first.cameras = {camera("A")};
    world.apply(first);
    const Revision before = world.revision();
    for (int i = 1; i <= 100000; ++i) {
        Changes commit;
        commit.cameras = {camera("A", i)};
        world.apply(commit);
    }
    const auto set = world.changesSince(before);
    ASSERT_TRUE(set);
    EXPECT_EQ(set->changes.cameras, std::vector{camera("A", 100000)});
}

TEST(World, SaysWhenARevisionIsTooOldOrNotYetThere) {
    World world(compositor());
    const Revision before = world.revision();
    for (std::uint32_t id = 1; id <= World::ThingLog::kLongest + 1; ++id) {
        Changes come;
        come.windows = {window(id)};
        world.apply(come);
        Changes go;
        go.removedWindows = {WindowId{id}};
        world.apply(go);
    }
    EXPECT_FALSE(world.changesSince(before));
    EXPECT_TRUE(world.changesSince(world.revision() - 10));
    EXPECT_TRUE(world.changesSince(world.revision())->changes.empty());
    EXPECT_FALSE(world.changesSince(world.revision() + 1));
}
