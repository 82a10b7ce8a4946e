// What another program made of the file, taken into our tiles.
#include "manifest/merge.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
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
    EXPECT_NE(merged.records.find(" put 2 0 "), std::string::npos) << "and the journal may lack it too";
    EXPECT_EQ(merged.records.find(" put 3 0 "), std::string::npos) << "this one the file has";
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

TEST(MergeEdit, LetsATilePrevailThatIsPutMeanwhile) {
    Ours ours;
    for (int x = 0; x < 100; ++x) {
        ours.put(x, 1);
    }
    TileMap edited = ours.written();
    for (int x = 0; x < 100; ++x) {
        edited.put({x, 0}, "edited", at(2));
    }
    edited.remove({99, 0}, at(2));
    int turns = 0;
    ours.meanwhile = [&] {
        ours.content.tiles.put({turns, 0}, "meanwhile", at(100));
        ours.content.tiles.put({90 + turns % 9, 0}, "meanwhile", at(100));
        ours.content.tiles.remove({99, 0}, at(100));
        ++turns;
    };
    const Merged merged = ours.take(edited, 3);
    ASSERT_GT(turns, 3) << "it was taken in parts";
    for (int x = 0; x < 99; ++x) {
        const bool wasPut = x < turns || (x >= 90 && x - 90 < turns);
        EXPECT_EQ(ours.content.tiles.find({x, 0})->brick, wasPut ? "meanwhile" : "edited") << x;
    }
    EXPECT_FALSE(ours.has(99));
    EXPECT_TRUE(std::ranges::find(merged.changed, Cell{99, 0}) == merged.changed.end())
        << "others removed it";
}

TEST(MergeEdit, TakesWhatIsUnknownOfATile) {
    Ours ours;
    ours.put(1, 1);
    ours.put(2, 1);
    ours.content.extras.set({1, 0}, "\"old\": 1");
    const TileMap file = ours.written();
    ManifestContent edited{.tiles = copyOf(file)};
    edited.extras.set({2, 0}, "\"note\": [1]");
    const TileExtras wanted = edited.extras;
    const std::uint64_t stamp = ours.content.tiles.blockStamp(0);
    Merge merge(ours.content, ours.file, std::move(edited), true, at(3));
    EXPECT_TRUE(merge.proceed(std::chrono::seconds(1)));
    EXPECT_EQ(ours.content.extras, wanted);
    EXPECT_EQ(ours.content.extras.digest(), wanted.digest());
    EXPECT_NE(ours.content.tiles.blockStamp(0), stamp) << "its text has to be made anew";
    EXPECT_TRUE(merge.takeResult().changed.empty());
}

TEST(FileTiles, HaveWhatWasWrittenButForWhatIsLacking) {
    FileTiles file;
    file.wrote(3);
    EXPECT_TRUE(file.has({0, 0}, 3));
    EXPECT_FALSE(file.has({0, 0}, 4));
    file.noteLack({0, 0}, 4);
    EXPECT_FALSE(file.has({0, 0}, 3));
    EXPECT_TRUE(file.has({1, 0}, 3));
    file.noteHas({0, 0});
    EXPECT_TRUE(file.has({0, 0}, 3));
    file.noteLack({0, 0}, 5);
    file.wrote(4);
    EXPECT_FALSE(file.has({0, 0}, 3)) << "it comes with a later version";
    file.wrote(5);
    EXPECT_TRUE(file.has({0, 0}, 3));
}

TEST(FileTiles, LackEverythingRatherThanRememberTooMuch) {
    FileTiles file;
    file.wrote(3);
    for (std::int32_t x = 0; x <= static_cast<std::int32_t>(FileTiles::kMostLacks); ++x) {
        file.noteLack({x, 0}, 4);
    }
    EXPECT_FALSE(file.has({-1, 0}, 1));
    file.noteLack({0, 0}, 5);
    file.wrote(4);
    EXPECT_FALSE(file.has({-1, 0}, 1)) << "the last of them comes later";
    file.wrote(5);
    EXPECT_TRUE(file.has({-1, 0}, 1));
}

TEST(FileTiles, KnowTheEditsOfTheLastMinute) {
    FileTiles file;
    const std::uint32_t first = file.noteEdit(at(1000));
    EXPECT_TRUE(FileTiles::isForeign(first));
    EXPECT_FALSE(FileTiles::isForeign(1));
    EXPECT_TRUE(file.has({0, 0}, first)) << "it came from the file";
    const std::uint32_t second = file.noteEdit(at(1030));
    EXPECT_NE(first, second);
    EXPECT_EQ(file.noteEdit(at(1030)), second) << "at the same time, as far as that matters";
    file.noteEdit(at(1060));
    EXPECT_FALSE(file.isRecent(first));
    EXPECT_TRUE(file.isRecent(second));
    const std::uint32_t last = file.noteEdit(at(1090));
    EXPECT_EQ(file.noteEdit(at(500)), last) << "the clock was set back";
    EXPECT_TRUE(file.isRecent(last));
    file.noteEdit(at(560));
    EXPECT_FALSE(file.isRecent(last));
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
