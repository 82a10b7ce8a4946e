// What the world tells of the tiles, which somebody else keeps.
#include "world/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace compositord;

namespace {

TileTime at(int seconds) {
    return TileTime(std::chrono::seconds(seconds));
}

class WorldTiles : public testing::Test {
protected:
    WorldTiles() : world_({.name = "test", .gridSize = 100}) { world_.showTiles(&map_); }

    std::optional<ChangeSet> put(Cell cell, const std::string& brick) {
        map_.put(cell, brick, at(++time_));
        return world_.apply({.tiles = {map_.changeOf(cell)}});
    }

    std::optional<ChangeSet> remove(Cell cell) {
        map_.remove(cell, at(++time_));
        return world_.apply({.tiles = {map_.changeOf(cell)}});
    }

    /// What changed since a revision, in the order of cells.
    std::vector<TileChange> since(Revision revision) const {
        auto set = world_.changesSince(revision);
        EXPECT_TRUE(set);
        std::ranges::sort(set->changes.tiles, {}, &TileChange::cell);
        return std::move(set->changes.tiles);
    }

    TileMap map_;
    World world_;
    int time_ = 0;
};

} // namespace

TEST_F(WorldTiles, ChangeInRevisionsThatOthersDoNotTouch) {
    const auto set = put({1, 2}, "a");
    ASSERT_TRUE(set);
    EXPECT_EQ(set->changes.tiles, (std::vector<TileChange>{{{1, 2}, "a", at(1)}}));
    EXPECT_EQ(world_.tilesRevision(), set->revision);
    Changes other;
    other.cameras.emplace_back().name = "A";
    world_.apply(other);
    EXPECT_GT(world_.revision(), world_.tilesRevision());
    EXPECT_FALSE(world_.apply({.tiles = {}})) << "nothing is no revision";
}

TEST_F(WorldTiles, TellEachCellOnceToWhoMissedThem) {
    put({0, 0}, "before");
    const Revision asleep = world_.revision();
    EXPECT_TRUE(since(asleep).empty());
    put({1, 0}, "a");
    put({1, 0}, "b");
    put({2, 0}, "c");
    remove({2, 0});
    remove({0, 0});
    EXPECT_EQ(since(asleep),
              (std::vector<TileChange>{
                  {{0, 0}, std::nullopt, at(6)}, {{1, 0}, "b", at(3)}, {{2, 0}, std::nullopt, at(5)}}));
}

TEST_F(WorldTiles, KeepTheLastOfEachCellOfOneCommit) {
    const auto set =
        world_.apply({.tiles = {{{2, 0}, "x", at(1)}, {{1, 0}, "a", at(1)}, {{1, 0}, "b", at(2)}}});
    ASSERT_TRUE(set);
    EXPECT_EQ(set->changes.tiles, (std::vector<TileChange>{{{1, 0}, "b", at(2)}, {{2, 0}, "x", at(1)}}));
}

TEST_F(WorldTiles, AreNotListedWhenTheyAreTooMany) {
    const Revision before = world_.revision();
    std::vector<TileChange> many;
    const auto most = static_cast<std::int32_t>(World::kMostTiles);
    for (std::int32_t x = 0; x <= most; ++x) {
        map_.put({x, 0}, "a", at(1));
        many.push_back(map_.changeOf({x, 0}));
    }
    const auto set = world_.apply({.tiles = many});
    ASSERT_TRUE(set);
    EXPECT_TRUE(set->changes.manyTiles);
    EXPECT_TRUE(set->changes.tiles.empty());
    EXPECT_TRUE(world_.changesSince(before)->changes.manyTiles) << "who comes late is told the same";
    const Revision after = world_.revision();
    put({0, 1}, "b");
    EXPECT_EQ(since(after).size(), 1U) << "what came later is known";
    EXPECT_FALSE(world_.tilesSeenThrough({}));
    EXPECT_EQ(world_.tilesSeenThrough({.area = WorldRect{{0, 0}, 200, 100}})->size(), 2U);
    EXPECT_EQ(world_.tilesSeenThrough({.tiles = false})->size(), 0U);
}

TEST_F(WorldTiles, ThatChangedOneByOneBecomeTooManyToo) {
    const Revision before = world_.revision();
    const auto most = static_cast<std::int32_t>(World::kMostTiles);
    for (std::int32_t x = 0; x < most; ++x) {
        put({x, 0}, "a");
    }
    EXPECT_EQ(since(before).size(), World::kMostTiles);
    EXPECT_EQ(world_.tilesSeenThrough({})->size(), World::kMostTiles);
    put({most, 0}, "a");
    EXPECT_TRUE(world_.changesSince(before)->changes.manyTiles);
    EXPECT_TRUE(since(before).empty());
}

TEST_F(WorldTiles, AreForgottenAfterSomeThousandsAndNeverSilently) {
    const Revision before = world_.revision();
    for (std::int32_t x = 0; x <= static_cast<std::int32_t>(World::TileLog::kLongest); ++x) {
        remove({x, 0});
    }
    const auto set = world_.changesSince(before);
    ASSERT_TRUE(set) << "the rest of the world is known";
    EXPECT_TRUE(set->changes.manyTiles);
    EXPECT_EQ(since(world_.revision() - 3).size(), 3U);
}

// Whoever follows, resumes, or comes late has the same tiles, unless told that they are too many.
TEST_F(WorldTiles, AreTheSameByEveryWay) {
    std::minstd_rand random(7); // NOLINT: the same in each run
    TileMap follower;
    TileMap sleeper;
    Revision asleep = world_.revision();
    const auto take = [](TileMap& map, const std::vector<TileChange>& changes) {
        for (const TileChange& change : changes) {
            if (change.brick) {
                map.put(change.cell, *change.brick, change.time);
            } else {
                map.remove(change.cell, change.time);
            }
        }
    };
    for (int i = 0; i < 3000; ++i) {
        const Cell cell{static_cast<std::int32_t>(random() % 12), static_cast<std::int32_t>(random() % 12)};
        const auto set = random() % 3 == 0 ? remove(cell) : put(cell, std::to_string(i));
        take(follower, set->changes.tiles);
        if (random() % 40 == 0) {
            take(sleeper, since(asleep));
            asleep = world_.revision();
            ASSERT_EQ(sleeper.digest(), map_.digest());
        }
        ASSERT_EQ(follower.digest(), map_.digest());
    }
    const auto late = world_.tilesSeenThrough({});
    ASSERT_TRUE(late);
    EXPECT_EQ(late->size(), map_.size());
}
