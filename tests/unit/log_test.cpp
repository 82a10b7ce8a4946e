#include "base/log.hpp"

#include <gtest/gtest.h>

using namespace compositord;

TEST(Log, KnowsItsLevelsByName) {
    EXPECT_EQ(parseLogLevel("warn"), LogLevel::warn);
    EXPECT_EQ(parseLogLevel("loud"), std::nullopt);
    const Log log(LogLevel::warn);
    EXPECT_TRUE(log.enabled(LogLevel::error));
    EXPECT_FALSE(log.enabled(LogLevel::info));
}

TEST(Log, MakesTextOfPeersFitForALine) {
    EXPECT_EQ(printable("a\nb\"\x1b[0m"), R"("a\x0ab\"\x1b[0m")");
    EXPECT_LT(printable(std::string(10000, 'x')).size(), 300U);
}
