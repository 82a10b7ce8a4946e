#include "base/utf8.hpp"

#include <gtest/gtest.h>

using namespace compositord;

TEST(Utf8, AcceptsWhatUnicodeDefines) {
    for (const auto* text :
         {"", "abc", "\xc2\x80", "\xe2\x82\xac", "\xed\x9f\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
        EXPECT_TRUE(isUtf8(text));
        EXPECT_EQ(repairUtf8(text), text);
    }
}

TEST(Utf8, RejectsOverlongFormsSurrogatesAndRubbish) {
    for (const auto* text :
         {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
          "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xe2\x82", "a\xff", "\xe2\x28\xa1"}) {
        EXPECT_FALSE(isUtf8(text));
        EXPECT_TRUE(isUtf8(repairUtf8(text)));
    }
}

TEST(Utf8, RepairsOnlyWhatIsBroken) {
    EXPECT_EQ(repairUtf8("a\xff\xe2\x82\xac\xe2z"), "a\xef\xbf\xbd\xe2\x82\xac\xef\xbf\xbdz");
}
