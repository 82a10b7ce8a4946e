#include "base/handle.hpp"
#include "manifest/loader.hpp"
#include "manifest/serializer.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <random>

using namespace compositord;
using std::chrono::microseconds;

namespace {

Result<LoadedManifest> load(std::string text) {
    const std::size_t size = text.size();
    text.resize(size + manifestPadding());
    return parseManifest(text, size);
}

std::string textOf(const ManifestContent& content) {
    Serializer serializer;
    std::string text;
    const auto whole = serializer.serialize(content);
    for (const Piece& piece : whole.pieces) {
        text += *piece;
    }
    EXPECT_EQ(text.size(), whole.size);
    return text;
}

std::vector<Tile> tilesOf(const ManifestContent& content) {
    std::vector<Tile> tiles;
    content.tiles.visit([&](const TileMap::View& view) { tiles.push_back(view.tile()); });
    return tiles;
}

TileTime at(std::int64_t time) {
    return TileTime(microseconds(time));
}

} // namespace

TEST(ManifestLoader, ReadsWholeAndFractionalTimes) {
    const auto loaded = load(R"({ "3,-4": { "brick": "a.png", "timestamp": 123.456 },
                                  "0,0":{"timestamp":1763728353,"brick":"\u00e9 \"b\".png"} })");
    ASSERT_TRUE(loaded) << loaded.error().message();
    EXPECT_EQ(tilesOf(loaded->content), (std::vector<Tile>{{{3, -4}, "a.png", at(123456000)},
                                                           {{0, 0}, "é \"b\".png", at(1763728353000000)}}));
    EXPECT_TRUE(loaded->warnings.texts.empty());
    EXPECT_EQ(textOf(loaded->content), "{\n"
                                       R"("3,-4": {"brick": "a.png", "timestamp": 123.456},)"
                                       "\n"
                                       R"("0,0": {"brick": "é \"b\".png", "timestamp": 1763728353})"
                                       "\n}\n");
}

TEST(ManifestLoader, KeepsMicrosecondsExactly) {
    std::mt19937_64 random(1); // NOLINT: the same in each run
    for (int i = 0; i < 20000; ++i) {
        const TileTime time{microseconds(static_cast<std::int64_t>(
            random() % static_cast<std::uint64_t>(kLatestTile.time_since_epoch().count() + 1)))};
        ManifestContent content;
        content.tiles.put({1, 1}, "a", time);
        const auto again = load(textOf(content));
        ASSERT_TRUE(again);
        ASSERT_EQ(tilesOf(again->content), tilesOf(content));
    }
}

TEST(ManifestLoader, KeepsUnknownMembersOfAnEntry) {
    const auto loaded =
        load(R"({"1,2":{"a":[1, {"b":"\n"}] ,"brick":"x","note": "hi" ,"timestamp":5,"n":1e5 }})");
    ASSERT_TRUE(loaded);
    EXPECT_EQ(textOf(loaded->content), "{\n\"1,2\": {\"brick\": \"x\", \"timestamp\": 5, \"a\": [1, "
                                       "{\"b\":\"\\n\"}], \"note\": \"hi\", \"n\": 1e5}\n}\n");
}

TEST(ManifestLoader, SetsAsideWhatIsNoTileAndWritesItBack) {
    const auto loaded =
        load(R"({"version": 2, "01,2": {"brick":"a","timestamp":1}, "5,5": {"brick":"a/b","timestamp":1},
        "6,6": {"brick":"a"}, "7,7": {"brick":"a","timestamp":"1"}, "8,8": {"brick":"a","timestamp":-1},
        "9,9": {"brick":["x"],"timestamp":1}, "9,8": {"brick":"a","timestamp":1e300}, "10,10": [1, 2 ] , "e\"": null,
        "1,1": {"brick":"good","timestamp":1}})");
    ASSERT_TRUE(loaded) << loaded.error().message();
    EXPECT_EQ(tilesOf(loaded->content), (std::vector<Tile>{{{1, 1}, "good", at(1000000)}}));
    EXPECT_EQ(loaded->content.aside.size(), 10U);
    EXPECT_EQ(loaded->warnings.texts.size(), 10U);
    EXPECT_EQ(loaded->warnings.texts.front(), "\"version\" is not named as a cell \"x,y\"");
    const auto again = load(textOf(loaded->content));
    ASSERT_TRUE(again) << textOf(loaded->content);
    EXPECT_EQ(again->content.aside, loaded->content.aside);
    EXPECT_EQ(Serializer::etagOf(again->content), Serializer::etagOf(loaded->content));
}

TEST(ManifestLoader, WarnsAtMostSoManyTimes) {
    std::string text = "{";
    for (int i = 0; i < 100; ++i) {
        text += "\"bad" + std::to_string(i) + "\":0,";
    }
    text.back() = '}';
    const auto loaded = load(text);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->warnings.texts.size(), ManifestWarnings::kMost);
    EXPECT_EQ(loaded->warnings.more, 100 - ManifestWarnings::kMost);
}

TEST(ManifestLoader, TakesTheLatestOfEntriesForOneCell) {
    const auto loaded = load(R"({"1,1":{"brick":"b","timestamp":2},"1,1":{"brick":"a","timestamp":1},
        "2,2":{"brick":"a","timestamp":1},"2,2":{"brick":"b","timestamp":1}})");
    ASSERT_TRUE(loaded);
    EXPECT_EQ(tilesOf(loaded->content),
              (std::vector<Tile>{{{1, 1}, "b", at(2000000)}, {{2, 2}, "b", at(1000000)}}));
    EXPECT_EQ(loaded->warnings.texts.size(), 1U);
}

TEST(ManifestLoader, RefusesWhatIsNotJsonAsAWhole) {
    for (const auto* text :
         {"", " ", "[]", "null", "{", "{}}", "{} x", R"({"1,1":{"brick":"a","timestamp":1})",
          R"({"1,1":{"brick":"a","timestamp":1},})", R"({"1,1":{"brick":"a" "timestamp":1}})",
          R"({"x": tru})", R"({"x": {"a": [1 2]}})", R"({"x": 01})",
          R"({"1,1":{"brick":"a","x":nul,"timestamp":1}})", R"({"1,1":{"brick":"a","x":{]},"timestamp":1}})",
          "{\"\xff\":1}", R"({"1,1" {"brick":"a"}})", R"({"1,1":{"brick":"\x","timestamp":1}})"}) {
        const auto loaded = load(text);
        ASSERT_FALSE(loaded) << text;
        EXPECT_EQ(loaded.error().code, EBADMSG);
    }
    EXPECT_TRUE(load("{}"));
    EXPECT_TRUE(load(" {\n}\n"));
}

TEST(ManifestSerializer, MakesOnlyPiecesAnewThatChanged) {
    ManifestContent content;
    for (std::int32_t x = 0; x < 200; ++x) {
        for (std::int32_t y = 0; y < 100; ++y) {
            content.tiles.put({x, y}, "brick", at(x * 7919 + y));
        }
    }
    Serializer serializer;
    while (!serializer.prepare(content, microseconds(100))) {
    }
    const auto before = serializer.serialize(content);
    content.tiles.put({0, 0}, "another", at(99999999));
    const auto after = serializer.serialize(content);
    ASSERT_EQ(before.pieces.size(), after.pieces.size());
    int same = 0;
    for (std::size_t i = 0; i < before.pieces.size(); ++i) {
        same += before.pieces[i] == after.pieces[i] ? 1 : 0;
    }
    EXPECT_EQ(same, static_cast<int>(before.pieces.size()) - 2) << "all but the head and one block";
    EXPECT_NE(before.etag, after.etag);

    const std::string text = textOf(content);
    const JsonHandle json(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, nullptr));
    ASSERT_TRUE(json);
    EXPECT_EQ(json_object_size(json.get()), content.tiles.size());
    const auto again = load(text);
    ASSERT_TRUE(again);
    EXPECT_EQ(tilesOf(again->content), tilesOf(content));
    EXPECT_EQ(Serializer::etagOf(again->content), after.etag) << "of the content, not of the process";
}
