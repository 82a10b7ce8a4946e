#include "base/file_name.hpp"
#include "world/tile.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace compositord;

TEST(Tile, NamesCellsOverTheWholeRange) {
    for (const Cell cell :
         {Cell{0, 0}, Cell{-1, 5}, Cell{1, -100},
          Cell{std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()},
          Cell{std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::min()}}) {
        EXPECT_EQ(parseCell(toText(cell)), cell);
    }
    EXPECT_EQ(toText({-2147483648, 7}), "-2147483648,7");
}

TEST(Tile, HasOneNameForACell) {
    for (const auto* text :
         {"",     ",",    "1",    "1,",  ",1",    "1,2,3",        " 1,2",          "1, 2",  "1,2 ",  "+1,2",
          "01,2", "1,-0", "-0,1", "-,1", "1,-01", "2147483648,0", "0,-2147483649", "1.0,2", "0x1,2", "a,b"}) {
        EXPECT_EQ(parseCell(text), std::nullopt) << text;
    }
}

TEST(Tile, LiesInTheCellThatThePointLiesIn) {
    EXPECT_EQ(cellAt({0, 99.9}, 100), (Cell{0, 0}));
    EXPECT_EQ(cellAt({-0.1, 100}, 100), (Cell{-1, 1}));
    EXPECT_EQ(cellAt({-100, -100.1}, 100), (Cell{-1, -2}));
    EXPECT_EQ(cellAt({1e300, -1e300}, 100),
              (Cell{std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::min()}));
    EXPECT_EQ(cellAt({std::nan(""), 250}, 100), (Cell{0, 2}));
    EXPECT_EQ(cornerOf({-2147483648, 3}, 100), (WorldPoint{-214748364800.0, 300}));
}

TEST(FileName, IsOneNameThatStaysInItsFolder) {
    EXPECT_TRUE(isFileName("brick.png"));
    EXPECT_TRUE(isFileName("…"));
    EXPECT_TRUE(isFileName(" a \"b\" \\ ..."));
    EXPECT_TRUE(isFileName(std::string(255, 'x')));
    for (const std::string& name :
         {std::string(), std::string("."), std::string(".."), std::string("a/b"), std::string("a\nb"),
          std::string("a\x7f"), std::string("a\0b", 3), std::string("\xff"), std::string(256, 'x')}) {
        EXPECT_FALSE(isFileName(name)) << name;
    }
}
