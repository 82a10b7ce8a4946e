#include "base/utf8.hpp"
#include "notify/bus_event.hpp"
#include "notify/bus_names.hpp"

#include <gtest/gtest.h>

using namespace compositord;

TEST(BusEvent, KeepsATextThatTheBusCanCarry) {
    EXPECT_EQ(bus::textFor("grüß dich\n"), "grüß dich\n");
    EXPECT_EQ(bus::textFor(""), "");
    const std::string longest(bus::kLongestText, 'x');
    EXPECT_EQ(bus::textFor(longest), longest);
}

TEST(BusEvent, RepairsWhatTheBusCannotCarry) {
    EXPECT_EQ(bus::textFor("a\xff"), "a\xef\xbf\xbd");
    EXPECT_EQ(bus::textFor(std::string_view("a\0b", 3)), "a b");
}

TEST(BusEvent, CutsALongTextBetweenCharactersAndSaysSo) {
    for (std::size_t before = 0; before < 4; ++before) {
        std::string text(bus::kLongestText - before, 'x');
        text += "€€€";
        const std::string cut = bus::textFor(text);
        EXPECT_TRUE(isUtf8(cut));
        EXPECT_TRUE(cut.starts_with(std::string(bus::kLongestText - before, 'x')));
        EXPECT_EQ(cut.find("\xef\xbf\xbd"), std::string::npos) << "no half of a character";
        EXPECT_TRUE(cut.ends_with(std::to_string(text.size()) + " bytes in all)"))
            << cut.substr(bus::kLongestText);
        EXPECT_LT(cut.size(), bus::kLongestText + 64);
    }
}

TEST(BusEvent, EachEndHasASignalOfItsOwn) {
    EXPECT_STREQ(bus::formOf(TaskEnded{.outcome = SessionState::completed}).name, "Completed");
    EXPECT_STREQ(bus::formOf(TaskEnded{.outcome = SessionState::failed}).name, "Failed");
    EXPECT_STREQ(bus::formOf(TaskEnded{.outcome = SessionState::cancelled}).name, "Cancelled");
}

TEST(BusNames, AnySessionHasAPathThatLeadsBackToIt) {
    const std::vector<std::string> ids{"session_1", "a-b-c", "0", "_", "-", std::string(64, 'Z')};
    for (const std::string& id : ids) {
        const std::string path = bus::pathOf(id);
        EXPECT_EQ(path.find_first_not_of("/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"),
                  std::string::npos);
        EXPECT_EQ(bus::sessionAt(path.c_str()), id);
    }
}

TEST(BusNames, OtherPathsAreNoSessions) {
    for (const char* path : {"/", bus::kRoot, bus::kSessionsPath, "/org/geometryos/Compositord1/sessions/x",
                             "/org/geometryos/Compositord2/session/x"}) {
        EXPECT_EQ(bus::sessionAt(path), std::nullopt) << path;
    }
}
