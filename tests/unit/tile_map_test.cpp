// The map of tiles against the rules, and against a plain std::map that does the same without being quick.
#include "world/tile_map.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace compositord;
using std::chrono::microseconds;

namespace {

TileTime at(std::int64_t time) {
    return TileTime(microseconds(time));
}

std::vector<Tile> all(const TileMap& map) {
    std::vector<Tile> tiles;
    map.visit([&](const TileMap::View& view) { tiles.push_back(view.tile()); });
    return tiles;
}

/// The rules, as plainly as they can be said.
struct Model {
    std::map<Cell, std::pair<std::string, TileTime>> tiles;
    std::map<Cell, TileTime> removals;

    bool put(Cell cell, const std::string& brick, TileTime time) {
        const auto known = tiles.find(cell);
        if ((known != tiles.end() && known->second.second >= time) ||
            (removals.contains(cell) && removals[cell] >= time)) {
            return false;
        }
        tiles[cell] = {brick, time};
        removals.erase(cell);
        return true;
    }

    bool remove(Cell cell, TileTime time) {
        const auto known = tiles.find(cell);
        if (known != tiles.end() && known->second.second > time) {
            return false;
        }
        removals[cell] = std::max(removals[cell], time);
        return tiles.erase(cell) > 0;
    }

    std::vector<Tile> within(const CellRect& rect) const {
        std::vector<Tile> found;
        for (const auto& [cell, value] : tiles) {
            if (cell.x >= rect.min.x && cell.x <= rect.max.x && cell.y >= rect.min.y &&
                cell.y <= rect.max.y) {
                found.push_back({cell, value.first, value.second});
            }
        }
        std::ranges::sort(found, TileMap::before, &Tile::cell);
        return found;
    }
};

std::vector<Tile> within(const TileMap& map, const CellRect& rect) {
    std::vector<Tile> found;
    map.visit(rect, [&](const TileMap::View& view) { found.push_back(view.tile()); });
    return found;
}

constexpr std::int32_t kMin = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
constexpr CellRect kEverywhere{{kMin, kMin}, {kMax, kMax}};

} // namespace

TEST(TileMap, LetsTheLaterChangeWin) {
    TileMap map;
    EXPECT_TRUE(map.put({1, 2}, "a", at(10)));
    EXPECT_FALSE(map.put({1, 2}, "b", at(10)));
    EXPECT_FALSE(map.put({1, 2}, "b", at(9)));
    EXPECT_TRUE(map.put({1, 2}, "b", at(10), Tie::replace));
    EXPECT_FALSE(map.put({1, 2}, "b", at(10), Tie::replace)) << "nothing changed";
    EXPECT_TRUE(map.put({1, 2}, "b", at(11))) << "the time did";
    EXPECT_FALSE(map.remove({1, 2}, at(10)));
    EXPECT_TRUE(map.remove({1, 2}, at(11)));
    EXPECT_FALSE(map.put({1, 2}, "c", at(11))) << "a removal has a time as well";
    EXPECT_FALSE(map.put({1, 2}, "c", at(11), Tie::replace)) << "on equal times it prevails over any tile";
    EXPECT_TRUE(map.put({1, 2}, "c", at(12)));
}

TEST(TileMap, RemembersARemovalOfNothing) {
    TileMap map;
    EXPECT_FALSE(map.remove({0, 0}, at(5)));
    EXPECT_FALSE(map.put({0, 0}, "late", at(4)));
    EXPECT_EQ(map.changedAt({0, 0}), at(5));
    EXPECT_EQ(map.size(), 0U);
}

TEST(TileMap, ForgetsTheOldestRemovalsWhenThereAreTooMany) {
    TileMap map;
    const auto count = static_cast<std::int32_t>(TileMap::kMostRemovals);
    for (std::int32_t x = 0; x <= count; ++x) {
        map.remove({x, 0}, at(x));
    }
    EXPECT_EQ(map.changedAt({0, 0}), std::nullopt);
    EXPECT_EQ(map.changedAt({count, 0}), at(count));
}

TEST(TileMap, GivesEachChangeALaterTimeEvenIfTheClockIsSetBack) {
    TileMap map;
    map.put({0, 0}, "a", at(1000));
    EXPECT_EQ(map.timeOfChange({0, 0}, at(5000)), at(5000));
    EXPECT_EQ(map.timeOfChange({0, 0}, at(1000)), at(1001));
    EXPECT_EQ(map.timeOfChange({0, 0}, at(10)), at(1001));
    map.remove({0, 0}, at(1001));
    EXPECT_EQ(map.timeOfChange({0, 0}, at(10)), at(1002));
    EXPECT_EQ(map.timeOfChange({7, 7}, at(-10)), kEarliestTile);
}

TEST(TileMap, TellsWhatChangedSinceAMark) {
    TileMap map;
    map.setMark(3);
    map.put({0, 0}, "a", at(1));
    map.setMark(4);
    map.put({1, 0}, "a", at(1));
    EXPECT_EQ(map.markOf({0, 0}), 3U);
    EXPECT_EQ(map.markOf({1, 0}), 4U);
    EXPECT_EQ(map.markOf({9, 9}), 0U);
}

TEST(TileMap, TakesTilesInAnyOrderAndTheLatestOfEachCell) {
    TileNames names;
    std::vector<TileMap::Loading> loading;
    std::mt19937 random(2); // NOLINT: the same in each run
    Model model;
    for (int i = 0; i < 20000; ++i) {
        const Cell cell{static_cast<std::int32_t>(random() % 150) - 75,
                        static_cast<std::int32_t>(random() % 150) - 75};
        const auto time = at(static_cast<std::int64_t>(random() % 1000));
        const std::string brick = std::to_string(random() % 50);
        loading.push_back({cell, time, names.acquire(brick)});
        auto& known = model.tiles[cell];
        if (known.first.empty() || known.second <= time) {
            known = {brick, time};
        }
    }
    const TileMap map = TileMap::of(std::move(names), loading);
    EXPECT_EQ(all(map), model.within(kEverywhere));
    TileMap slow;
    for (const Tile& tile : all(map)) {
        slow.put(tile.cell, tile.brick, tile.time);
    }
    EXPECT_EQ(slow.digest(), map.digest());
}

TEST(TileMap, DoesWhatAPlainMapWouldDo) {
    std::mt19937 random(1); // NOLINT: the same in each run
    for (const int spread : {3, 40, 400}) {
        TileMap map;
        Model model;
        const auto coordinate = [&] {
            const auto value =
                static_cast<std::int32_t>(random() % static_cast<unsigned>(2 * spread)) - spread;
            return random() % 50 == 0 ? (random() % 2 == 0 ? kMin + spread + value : kMax - spread + value)
                                      : value;
        };
        for (int i = 0; i < 60000; ++i) {
            const Cell cell{coordinate(), coordinate()};
            const auto time = at(static_cast<std::int64_t>(random() % 100) + i / 100);
            // More puts first, more removals later, so that blocks split and join.
            if (static_cast<int>(random() % 60000) > i) {
                const std::string brick = "brick " + std::to_string(random() % 100);
                ASSERT_EQ(map.put(cell, brick, time), model.put(cell, brick, time));
            } else {
                ASSERT_EQ(map.remove(cell, time), model.remove(cell, time));
            }
            ASSERT_EQ(map.size(), model.tiles.size());
            if (i % 3000 == 0) {
                const Cell a{coordinate(), coordinate()};
                const Cell b{coordinate(), coordinate()};
                const CellRect rect{{std::min(a.x, b.x), std::min(a.y, b.y)},
                                    {std::max(a.x, b.x), std::max(a.y, b.y)}};
                ASSERT_EQ(within(map, rect), model.within(rect));
                ASSERT_EQ(within(map, kEverywhere), model.within(kEverywhere));
                ASSERT_EQ(all(map), model.within(kEverywhere));
                const auto found = map.find(cell);
                ASSERT_EQ(found.has_value(), model.tiles.contains(cell));
            }
        }
    }
}

TEST(TileMap, HasADigestOfItsTilesAlone) {
    TileMap one;
    TileMap other;
    EXPECT_EQ(one.digest(), other.digest());
    one.put({1, 1}, "a", at(1));
    one.put({2, 1}, "b", at(2));
    other.put({2, 1}, "c", at(1));
    other.put({3, 1}, "c", at(1));
    EXPECT_NE(one.digest(), other.digest());
    other.put({2, 1}, "b", at(2));
    other.put({1, 1}, "a", at(1));
    other.remove({3, 1}, at(1));
    EXPECT_EQ(one.digest(), other.digest());
    other.put({1, 1}, "a", at(2));
    EXPECT_NE(one.digest(), other.digest());
}

TEST(TileMap, StampsABlockAnewWhenItChanges) {
    TileMap map;
    for (std::int32_t x = 0; x < 3000; ++x) {
        map.put({x, 0}, "a", at(1));
    }
    ASSERT_GT(map.blockCount(), 2U);
    std::vector<std::uint64_t> before;
    for (std::size_t i = 0; i < map.blockCount(); ++i) {
        before.push_back(map.blockStamp(i));
    }
    map.put({0, 0}, "b", at(2));
    EXPECT_NE(map.blockStamp(0), before[0]);
    EXPECT_EQ(map.blockStamp(1), before[1]);
}

TEST(TileMap, StaysSmallAndForgetsNames) {
    TileMap map;
    std::mt19937 random(3); // NOLINT: the same in each run
    for (int i = 0; i < 100000; ++i) {
        map.put({static_cast<std::int32_t>(random()), static_cast<std::int32_t>(random())}, "a", at(1));
    }
    EXPECT_LT(map.memory() / map.size(), 64U);
    std::vector<Cell> cells;
    map.visit([&](const TileMap::View& view) { cells.push_back(view.cell); });
    std::ranges::shuffle(cells, random);
    for (const Cell cell : cells) {
        map.remove(cell, at(2));
        if (map.size() == 2000) {
            EXPECT_LT(map.memory() / map.size(), 200U) << "blocks are joined";
        }
    }
    EXPECT_EQ(map.size(), 0U);
    EXPECT_EQ(map.blockCount(), 0U);

    TileNames names;
    const auto a = names.acquire("a");
    EXPECT_EQ(names.acquire("a"), a);
    names.release(a);
    EXPECT_EQ(names.size(), 1U);
    names.release(a);
    EXPECT_EQ(names.size(), 0U);
    EXPECT_EQ(names.name(names.acquire("b")), "b");
}
