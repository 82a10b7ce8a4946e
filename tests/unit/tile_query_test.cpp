// What may be asked of the map, and what not.
#include "web/http_request.hpp"
#include "web/tile_query.hpp"

#include <gtest/gtest.h>

using namespace compositord;

TEST(QueryValue, IsThatOfTheFirstPartOfItsName) {
    EXPECT_EQ(queryValue("a=1&b=2&a=3", "a"), "1");
    EXPECT_EQ(queryValue("a=1&b=2", "b"), "2");
    EXPECT_EQ(queryValue("a=b=c", "a"), "b=c");
    EXPECT_EQ(queryValue("flag&x=1", "flag"), "");
    EXPECT_EQ(queryValue("x=", "x"), "");
    EXPECT_EQ(queryValue("", "x"), std::nullopt);
    EXPECT_EQ(queryValue("xx=1&=2&&", "x"), std::nullopt);
    EXPECT_EQ(queryValue("X=1", "x"), std::nullopt);
}

TEST(TilesQuery, IsEverythingByDefault) {
    for (const char* query : {"", "t=123", "rect", "other=1,2"}) {
        const auto parsed = parseTilesQuery(query);
        if (std::string_view(query) == "rect") {
            EXPECT_FALSE(parsed) << "it is there, and empty";
            continue;
        }
        ASSERT_TRUE(parsed) << query;
        EXPECT_EQ(parsed->rect, kAllCells);
        EXPECT_EQ(parsed->from, std::nullopt);
        EXPECT_EQ(parsed->limit, 2048U);
    }
}

TEST(TilesQuery, TakesWhatIsRightAndNothingElse) {
    const auto parsed = parseTilesQuery("limit=7&rect=-2147483648,-1,0,2147483647&from=-3,4");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->rect, (CellRect{{INT32_MIN, -1}, {0, INT32_MAX}}));
    EXPECT_EQ(parsed->from, (Cell{-3, 4}));
    EXPECT_EQ(parsed->limit, 7U);
    for (const char* wrong : {"rect=1,2,3",
                              "rect=1,2,3,4,",
                              "rect=1,2,3,4,5",
                              "rect=1,1,0,1",
                              "rect=1,1,1,0",
                              "rect=,,,",
                              "rect=a,b,c,d",
                              "rect=0,0,0,2147483648",
                              "rect=-2147483649,0,0,0",
                              "rect=0,0,1.0,1",
                              "rect= 0,0,1,1",
                              "rect=+0,0,1,1",
                              "rect=99999999999999999999,0,0,0",
                              "limit=0",
                              "limit=2049",
                              "limit=-1",
                              "limit=",
                              "limit=1e1",
                              "from=",
                              "from=1",
                              "from=1,2,3",
                              "from=x"}) {
        EXPECT_FALSE(parseTilesQuery(wrong)) << wrong;
    }
}

TEST(ChunkQuery, HasTheCellsOfTheChunk) {
    const auto chunk = parseChunkQuery("x=1&y=-1");
    ASSERT_TRUE(chunk);
    EXPECT_EQ(chunk->cells, (CellRect{{16, -16}, {31, -1}}));
    EXPECT_EQ(parseChunkQuery("x=-2&y=3&size=5")->cells, (CellRect{{-10, 15}, {-6, 19}}));
    EXPECT_EQ(parseChunkQuery("x=2147483647&y=0&size=1")->cells, (CellRect{{INT32_MAX, 0}, {INT32_MAX, 0}}));
    EXPECT_EQ(parseChunkQuery("x=33554431&y=0&size=64")->cells.max.x, INT32_MAX);
    EXPECT_EQ(parseChunkQuery("x=42949672&y=0&size=50")->cells, (CellRect{{2147483600, 0}, {INT32_MAX, 49}}))
        << "part of it lies beyond the last cell";
    const auto beyond = parseChunkQuery("x=2147483647&y=-2147483648&size=64");
    ASSERT_TRUE(beyond);
    EXPECT_GT(beyond->cells.min.x, beyond->cells.max.x) << "there are no such cells";
    for (const char* wrong : {"", "x=1", "y=1", "x=1&y=", "x=1&y=1&size=0", "x=1&y=1&size=65",
                              "x=2147483648&y=0", "x=1&y=a", "x=1.5&y=1"}) {
        EXPECT_FALSE(parseChunkQuery(wrong)) << wrong;
    }
}
