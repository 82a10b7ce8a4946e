// The manifest on real files, with other programs that edit them.
#include "manifest/journal.hpp"
#include "manifest_file.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

using namespace compositord;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_F(ManifestFile, SavesAtOnceAndWritesALittleLater) {
    Manifest& manifest = open(1h);
    const auto change = saved({3, -4}, "a.png");
    EXPECT_EQ(manifest.query({{0, -10}, {10, 0}}), (std::vector<Tile>{{{3, -4}, "a.png", change.time}}));
    EXPECT_NE(journal().find(" put 3 -4 "), std::string::npos);
    EXPECT_FALSE(fs::exists(path_));
    manifest_.reset();
    EXPECT_EQ(tilesIn(path_), (std::vector<Tile>{{{3, -4}, "a.png", change.time}}));
    EXPECT_EQ(journal(), "");
    EXPECT_EQ(names(),
              (std::vector<std::string>{"manifest.json", "manifest.json.journal", "manifest.json.lock"}));

    Manifest& again = open(5ms);
    EXPECT_EQ(tilesOf(again.tiles()), tilesIn(path_));
    const auto removal = again.remove({3, -4});
    ASSERT_TRUE(removal && *removal);
    EXPECT_GT((*removal)->time, change.time);
    EXPECT_TRUE(written());
    // What is left is the removal: an older tile must not come back with an edit of the file.
    EXPECT_TRUE(until([&] { return journal().find(" put ") == std::string::npos; }));
    EXPECT_NE(journal().find(" remove 3 -4 "), std::string::npos);
}

TEST_F(ManifestFile, TakesTheJournalOfAProgramThatWasKilled) {
    writeFile(path_,
              R"({"1,1": {"brick": "old", "timestamp": 5}, "2,2": {"brick": "goes", "timestamp": 5}})");
    std::string records;
    appendRecord(records, {{1, 1}, "new", TileTime(6s)});
    appendRecord(records, {{2, 2}, std::nullopt, TileTime(6s)});
    appendRecord(records, {{3, 3}, "came", TileTime(6s)});
    const std::vector<Tile> all{{{1, 1}, "new", TileTime(6s)}, {{3, 3}, "came", TileTime(6s)}};
    for (std::size_t size = 0; size <= records.size(); size += size + 40 < records.size() ? 7 : 1) {
        writeFile(path_,
                  R"({"1,1": {"brick": "old", "timestamp": 5}, "2,2": {"brick": "goes", "timestamp": 5}})");
        writeFile(path_.string() + ".journal", records.substr(0, size));
        open(1h);
        const auto change = saved({9, 9}, "after");
        manifest_.reset();
        EXPECT_EQ(journal().find(" put "), std::string::npos);
        auto tiles = tilesIn(path_);
        EXPECT_TRUE(std::ranges::find(tiles, Cell{9, 9}, &Tile::cell) != tiles.end());
        std::erase_if(tiles, [](const Tile& tile) { return tile.cell == Cell{9, 9}; });
        if (size == records.size()) {
            EXPECT_EQ(tiles, all);
        } else {
            EXPECT_GE(tiles.size(), 1U);
        }
        fs::remove(path_);
    }
}

TEST_F(ManifestFile, KeepsADamagedJournal) {
    std::string records;
    appendRecord(records, {{1, 1}, "good", TileTime(6s)});
    records += "damaged\n";
    appendRecord(records, {{2, 2}, "good too", TileTime(6s)});
    writeFile(path_.string() + ".journal", records);
    open();
    EXPECT_EQ(manifest_->tiles().size(), 2U);
    EXPECT_TRUE(std::ranges::any_of(
        names(), [](const auto& name) { return name.starts_with("manifest.json.journal.damaged-"); }));
}

TEST_F(ManifestFile, TellsWhoWritesAlready) {
    open();
    const auto second = tryOpen();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, EBUSY);
    EXPECT_NE(second.error().message().find(fmt::format("(process {})", getpid())), std::string::npos);
    manifest_.reset();
    open();
}

TEST_F(ManifestFile, MergesWhatAnotherProgramMadeOfTheFile) {
    for (const bool atomic : {true, false}) {
        open();
        changes_.clear();
        saved({0, 0}, "kept");
        saved({1, 1}, "goes");
        saved({2, 2}, "same time");
        ASSERT_TRUE(written());
        std::string text = readFile(path_);
        const auto line = text.find("\"1,1\"");
        text.erase(line, text.find('\n', line) + 1 - line);
        text.replace(text.find("same time"), 9, "edited");
        text.insert(2, "\"7,7\": {\"brick\": \"theirs\", \"timestamp\": 4000000000.5, \"note\": [1]},\n");
        if (atomic) {
            writeFile(folder_ / "edit", text);
            fs::rename(folder_ / "edit", path_);
        } else {
            writeFile(path_, text);
        }
        ASSERT_TRUE(until([&] { return changes_.size() >= 3; }));
        EXPECT_EQ(changes_.size(), 3U);
        EXPECT_EQ(manifest_->tiles().find({7, 7})->time, TileTime(4000000000500ms));
        EXPECT_EQ(manifest_->tiles().find({2, 2})->brick, "edited");
        EXPECT_EQ(manifest_->tiles().find({1, 1}), std::nullopt);
        EXPECT_EQ(manifest_->tiles().find({0, 0})->brick, "kept");
        ASSERT_TRUE(written());
        EXPECT_NE(readFile(path_).find("\"note\": [1]"), std::string::npos);
        EXPECT_EQ(changes_.size(), 3U) << "our own writing is no edit";
        manifest_.reset();
        fs::remove(path_);
    }
}

TEST_F(ManifestFile, TakesALargeEditInPartsAndGoesOnMeanwhile) {
    constexpr std::int32_t side = 300;
    const auto text = [](std::string_view brick, int time) {
        std::string all = "{";
        for (std::int32_t i = 0; i < side * side; ++i) {
            all += fmt::format("{}\"{},{}\": {{\"brick\": \"{}\", \"timestamp\": {}}}", i == 0 ? "" : ",\n",
                               i % side, i / side, brick, time);
        }
        return all + "}";
    };
    writeFile(path_, text("before", 1000));
    open(0ms);
    EXPECT_EQ(manifest_->tiles().size(), static_cast<std::size_t>(side) * side);
    writeFile(folder_ / "edit", text("edited", 2000));
    fs::rename(folder_ / "edit", path_);
    ASSERT_TRUE(until([&] { return parts_ > 0; }));
    ASSERT_TRUE(isPart_) << "all of it at once";
    bool saved = false;
    ASSERT_TRUE(manifest_->put({side - 1, side - 1}, "meanwhile", std::nullopt,
                               [&](const Result<>& result) { saved = result.has_value(); }));
    // A slow disk gets time instead of turns, in each of which the edit goes on.
    bool inJournal = false;
    for (int turn = 0; turn < 20 && !inJournal; ++turn) {
        ASSERT_TRUE(loop_.turn(0ms));
        const auto patience = std::chrono::steady_clock::now() + 500ms;
        while (!inJournal && std::chrono::steady_clock::now() < patience) {
            inJournal = journal().find(" put 299 299 ") != std::string::npos;
        }
    }
    ASSERT_TRUE(inJournal);
    EXPECT_TRUE(isPart_) << "what is put does not wait for the rest";
    ASSERT_TRUE(until([&] { return saved; }));
    ASSERT_TRUE(until([&] { return !isPart_; }));
    EXPECT_GE(changes_.size(), static_cast<std::size_t>(side) * side - 1);
    EXPECT_EQ(manifest_->tiles().find({0, 0})->brick, "edited");
    EXPECT_EQ(manifest_->tiles().find({side - 1, side - 1})->brick, "meanwhile");
    EXPECT_TRUE(written());
}

TEST_F(ManifestFile, KeepsWhatAnEditAddedToATileThatItDidNotChange) {
    std::string text = "{";
    for (int i = 0; i < 3000; ++i) { // several blocks
        text += fmt::format("{}\"{},0\": {{\"brick\": \"a\", \"timestamp\": 5}}", i == 0 ? "" : ",\n", i);
    }
    text += "}";
    writeFile(path_, text);
    open(0ms);
    saved({0, 0}, "b"); // all pieces are made
    ASSERT_TRUE(written());
    text = readFile(path_);
    const std::string entry = "\"0,0\": {\"brick\"";
    text.replace(text.find(entry), entry.size(), "\"0,0\": {\"note\": [1], \"brick\"");
    const std::string etag = manifest_->etag();
    writeFile(folder_ / "edit", text);
    fs::rename(folder_ / "edit", path_);
    ASSERT_TRUE(until([&] { return manifest_->etag() != etag; }));
    saved({2999, 0}, "c"); // in another block
    ASSERT_TRUE(written());
    EXPECT_NE(readFile(path_).find("\"note\": [1]"), std::string::npos);
}

TEST_F(ManifestFile, EndsInTheMiddleOfAnEditWithAllOfIt) {
    writeFile(path_, R"({"1,1": {"brick": "old", "timestamp": 5}})");
    open(1h);
    manifest_->put({2, 2}, "ours");
    writeFile(folder_ / "edit", R"({"1,1": {"brick": "new", "timestamp": 6}})");
    fs::rename(folder_ / "edit", path_);
    ASSERT_TRUE(until([&] { return loop_.turn(0ms).has_value(); }));
    manifest_.reset();
    EXPECT_EQ(readFile(path_).find("old"), std::string::npos);
    EXPECT_NE(readFile(path_).find("new"), std::string::npos);
    EXPECT_NE(readFile(path_).find("ours"), std::string::npos);
}

TEST_F(ManifestFile, LosesNoEditThatComesWhileItWrites) {
    open(0ms);
    saved({-1, -1}, "first");
    ASSERT_TRUE(written());
    std::mt19937 random(1); // NOLINT: the same in each run
    for (std::int32_t i = 0; i < 200; ++i) {
        manifest_->put({i, 0}, "ours");
        for (int turn = static_cast<int>(random() % 6); turn > 0; --turn) {
            static_cast<void>(loop_.turn(200us));
        }
        // As a script does that read the file a moment ago, of which it keeps everything.
        std::string text = readFile(path_);
        text.insert(2, fmt::format("\"{},1\": {{\"brick\": \"theirs\", \"timestamp\": 4000000000}},\n", i));
        writeFile(folder_ / "edit", text);
        fs::rename(folder_ / "edit", path_);
    }
    EXPECT_TRUE(until([&] { return manifest_->query({{0, 1}, {200, 1}}).size() == 200; }))
        << manifest_->query({{0, 1}, {200, 1}}).size();
    EXPECT_TRUE(written());
}

TEST_F(ManifestFile, NeverWritesOverWhatItCannotRead) {
    writeFile(path_, "{ \"1,1\": {\"brick\": ");
    open();
    saved({5, 5}, "a");
    ASSERT_TRUE(written());
    const auto isAside = [](const auto& name) { return name.starts_with("manifest.json.unreadable-"); };
    EXPECT_EQ(std::ranges::count_if(names(), isAside), 1);
    writeFile(path_, "[]");
    ASSERT_TRUE(until([&] { return std::ranges::count_if(names(), isAside) == 2; }));
    ASSERT_TRUE(until([&] { return fs::exists(path_) && readFile(path_).starts_with("{"); }));
    EXPECT_EQ(tilesIn(path_).size(), 1U);
    fs::remove(path_);
    ASSERT_TRUE(until([&] { return fs::exists(path_); }));
    EXPECT_EQ(tilesIn(path_).size(), 1U);
    writeFile(path_, "");
    ASSERT_TRUE(until([&] { return readFile(path_).starts_with("{"); }));
    EXPECT_EQ(tilesIn(path_).size(), 1U);
}

TEST_F(ManifestFile, WaitsForAProgramThatIsWritingTheFile) {
    open();
    saved({0, 0}, "a");
    ASSERT_TRUE(written());
    {
        const std::string text = readFile(path_);
        const UniqueFd editor(::open(path_.c_str(), O_WRONLY | O_CLOEXEC));
        ASSERT_EQ(pwrite(editor.get(), "{ ", 2, 0), 2);
        saved({1, 1}, "b");
        const auto deadline = std::chrono::steady_clock::now() + 300ms;
        EXPECT_TRUE(until([&] { return std::chrono::steady_clock::now() > deadline; }));
        EXPECT_EQ(readFile(path_), "{ " + text.substr(2)) << "it was written over";
        const std::string more =
            "{ \"9,9\": {\"brick\": \"theirs\", \"timestamp\": 4000000000},\n" + text.substr(2);
        ASSERT_EQ(pwrite(editor.get(), more.data(), more.size(), 0), static_cast<ssize_t>(more.size()));
    }
    ASSERT_TRUE(until([&] { return !changes_.empty(); }));
    EXPECT_EQ(manifest_->tiles().size(), 3U);
    EXPECT_TRUE(written());
}

TEST_F(ManifestFile, KeepsPermissionsAndALinkToTheFile) {
    const fs::path target = folder_ / "elsewhere" / "map.json";
    fs::create_directory(folder_ / "elsewhere");
    writeFile(target, "{}");
    fs::permissions(target, fs::perms(0604));
    fs::create_symlink("elsewhere/map.json", path_);
    open();
    saved({0, 0}, "a");
    ASSERT_TRUE(until([&] { return tilesIn(target).size() == 1; }));
    EXPECT_EQ(fs::status(target).permissions(), fs::perms(0604));
    EXPECT_TRUE(fs::is_symlink(path_));
}

TEST_F(ManifestFile, MakesItsFolderAlsoWhenItGoes) {
    path_ = folder_ / "a" / "b" / "manifest.json";
    open();
    saved({0, 0}, "a");
    ASSERT_TRUE(written());
    fs::remove_all(folder_ / "a");
    EXPECT_TRUE(until([&] { return fs::exists(path_); }));
    saved({1, 1}, "b");
    ASSERT_TRUE(written());
}

TEST_F(ManifestFile, GoesOnInMemoryWhileAFolderIsInItsPlace) {
    fs::create_directories(path_ / "something");
    open();
    saved({0, 0}, "a");
    ASSERT_TRUE(until([&] { return !troubles_.empty(); }));
    EXPECT_NE(troubles_.front().find("move it away"), std::string::npos) << troubles_.front();
    EXPECT_TRUE(fs::exists(path_ / "something"));
    fs::rename(path_, folder_ / "away");
    ASSERT_TRUE(until([&] { return recoveries_ > 0; }));
    EXPECT_TRUE(written());
}

TEST_F(ManifestFile, ReplacesAMemberThatWasSetAsideWhenItsCellChanges) {
    writeFile(path_, R"({"1,1": {"brick": "no time"}, "version": 1})");
    open();
    saved({1, 1}, "a");
    ASSERT_TRUE(written());
    const std::string text = readFile(path_);
    EXPECT_EQ(text.find("no time"), std::string::npos);
    EXPECT_NE(text.find("\"version\": 1"), std::string::npos);
}

TEST_F(ManifestFile, RefusesWhatIsNoBrickOrTime) {
    open();
    EXPECT_EQ(manifest_->put({0, 0}, "a/b").error().code, EINVAL);
    EXPECT_EQ(manifest_->put({0, 0}, "a", TileTime(-1us)).error().code, EINVAL);
    EXPECT_EQ(manifest_->remove({0, 0}, kLatestTile + 1us).error().code, EINVAL);
    EXPECT_TRUE(*manifest_->put({0, 0}, "a", TileTime(10s)));
    EXPECT_FALSE(*manifest_->put({0, 0}, "b", TileTime(9s)));
}

TEST_F(ManifestFile, ServesItsTextWithAnEtagOfItsContent) {
    open(1h);
    const std::string empty = manifest_->etag();
    saved({0, 0}, "a");
    const auto whole = manifest_->serialized();
    EXPECT_NE(whole.etag, empty);
    EXPECT_EQ(whole.etag, manifest_->etag());
    std::string text;
    for (const Piece& piece : whole.pieces) {
        text += *piece;
    }
    manifest_.reset();
    EXPECT_EQ(readFile(path_), text);
}
