// What another program made of the file, taken into our tiles.
#include "manifest/merge.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>

using namespace compositord;

namespace {

TileTime at(int seconds) {
    return TileTime(std::chrono::seconds(seconds));
}

TileMap copyOf(const TileMap& map) {
    TileMap copy;
    map.visit([&](const TileMap::View& tile) { copy.put(tile.cell, tile.brick, tile.time); });
    return copy;
}

/// Our side: what is in memory and what the file is known to hold.
struct Ours {
    ManifestContent content;
    FileTiles file;
    std::function<void()> meanwhile;

    void put(int x, int seconds) { content.tiles.put({x, 0}, fmt::format("{}.png", x), at(seconds)); }

    /// Puts a text of all this in the file's place.
    TileMap written() {
        const std::uint32_t mark = content.tiles.mark();
        content.tiles.setMark(mark + 1);
        file.wrote(mark);
        return copyOf(content.tiles);
    }

    Merged take(const TileMap& edited, int seconds) { return merge(edited, true, seconds); }

    /// As written(), where another program's text was.
    TileMap exchanged(const TileMap& displaced, int seconds) {
        const std::uint32_t mark = content.tiles.mark();
        content.tiles.setMark(mark + 1);
        TileMap text = copyOf(content.tiles);
        merge(displaced, false, seconds);
        file.wrote(mark);
        return text;
    }

    /// In steps as short as there are, with `meanwhile` between them.
    Merged merge(const TileMap& edited, bool inPlace, int seconds) {
        Merge merge(content, file, ManifestContent{.tiles = copyOf(edited)}, inPlace, at(seconds));
        while (!merge.proceed(std::chrono::microseconds(0))) {
            if (meanwhile) {
                meanwhile();
            }
        }
        return merge.takeResult();
    }

    bool has(int x) const { return content.tiles.find({x, 0}).has_value(); }
};

} // namespace

TEST(MergeEdit, RemovesWhatTheEditRemoved) {
    Ours ours;
    ours.put(1, 1);
    ours.put(2, 2);
    TileMap file = ours.written();
    file.remove({1, 0}, at(3));
    const Merged merged = ours.take(file, 4);
    EXPECT_FALSE(ours.has(1));
    EXPECT_TRUE(ours.has(2));
    EXPECT_EQ(merged.changed.size(), 1U);
    EXPECT_EQ(merged.kept, 0U);
}

TEST(MergeEdit, RemovesTheNewestTileToo) {
    Ours ours;
    ours.put(1, 1);
    ours.written();
    ours.put(2, 2);
    TileMap file = ours.written();
    file.remove({2, 0}, at(3));
    ours.take(file, 4);
    EXPECT_TRUE(ours.has(1));
    EXPECT_FALSE(ours.has(2));
}

TEST(MergeEdit, RemovesAllForAnotherMap) {
    Ours ours;
    ours.put(1, 1);
    ours.written();
    ours.put(2, 2);
    ours.written();
    TileMap file;
    file.put({7, 0}, "7.png", at(3));
    ours.take(file, 4);
    EXPECT_FALSE(ours.has(1));
    EXPECT_FALSE(ours.has(2));
    EXPECT_TRUE(ours.has(7));
}

TEST(MergeEdit, KeepsWhatCameAfterTheVersionThatWasEdited) {
    Ours ours;
    ours.put(1, 1);
    TileMap edited = ours.written();
    ours.put(2, 2);
    ours.written();
    edited.put({3, 0}, "3.png", at(3));
    const Merged merged = ours.take(edited, 4);
    EXPECT_TRUE(ours.has(1));
    EXPECT_TRUE(ours.has(2));
    EXPECT_TRUE(ours.has(3));
    EXPECT_EQ(merged.kept, 1U);
    EXPECT_TRUE(merged.differs) << "the file lacks a tile";
    // And again, from the version that it has made itself.
    edited.put({4, 0}, "4.png", at(5));
    ours.written();
    ours.take(edited, 6);
    EXPECT_TRUE(ours.has(2));
    EXPECT_TRUE(ours.has(4));
}

TEST(MergeEdit, TakesTheAbsenceOfAnOlderTileForItsRemoval) {
    Ours ours;
    ours.put(1, 1);
    ours.written();
    ours.put(2, 2);
    TileMap moved = ours.written();
    moved.remove({2, 0}, at(100));
    moved.put({3, 0}, "2.png", at(100));
    ours.take(moved, 100);
    EXPECT_FALSE(ours.has(2));
    EXPECT_TRUE(ours.has(3));
    moved.remove({3, 0}, at(300));
    moved.put({4, 0}, "2.png", at(300));
    ours.take(moved, 300);
    EXPECT_FALSE(ours.has(3));
}

// A script reads the file, adds a tile and puts its version in the file's place, over and over, while tiles
// are put and the file is written in between, with the exchange that shows what it replaced.
TEST(MergeEdit, LosesNothingHoweverAScriptAndWritesInterleave) {
    for (unsigned seed = 0; seed < 2000; ++seed) {
        std::minstd_rand random(seed);
        Ours ours;
        ours.put(0, 0);
        int put = 0;
        int step = 1;
        ours.meanwhile = [&] {
            if (random() % 2 == 0) {
                ours.put(--put, step);
            }
        };
        TileMap file = ours.written();
        bool fileIsOurs = true;
        std::optional<TileMap> read; // what the script is working on
        int added = 0;
        for (; step <= 60; ++step) {
            switch (random() % 5) {
            case 0:
                ours.put(--put, step);
                break;
            case 1:
                file = std::exchange(fileIsOurs, true) ? ours.written() : ours.exchanged(file, step);
                break;
            case 2:
                if (!fileIsOurs) {
                    ours.take(file, step);
                    fileIsOurs = true;
                }
                break;
            case 3:
                if (!read) {
                    read = copyOf(file);
                }
                break;
            default:
                if (read && fileIsOurs) {
                    ++added;
                    read->put({added, 0}, fmt::format("{}.png", added), at(step));
                    file = std::move(*std::exchange(read, std::nullopt));
                    fileIsOurs = false;
                }
            }
        }
        ours.take(file, 60);
        for (int x = put; x <= added; ++x) {
            ASSERT_TRUE(ours.has(x)) << "tile " << x << " with seed " << seed;
        }
    }
}
