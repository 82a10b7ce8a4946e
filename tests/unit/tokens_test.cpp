#include "web/tokens.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace compositord;

namespace {

constexpr const char* kFirst = "first-token-0123";
constexpr const char* kSecond = "c2Vjb25kLXRva2Vu+/==";

} // namespace

TEST(Tokens, AreReadWithTheirGrants) {
    const auto tokens = Tokens::parse("# who may come\n\n  first-token-0123\t view,camera \r\n"
                                      "c2Vjb25kLXRva2Vu+/==\n",
                                      {Grant::view});
    ASSERT_TRUE(tokens) << tokens.error().message();
    EXPECT_EQ(tokens->find(kFirst), (Grants{Grant::view, Grant::camera}));
    EXPECT_EQ(tokens->find(kSecond), (Grants{Grant::view}));
    EXPECT_EQ(tokens->granted(), (Grants{Grant::view, Grant::camera}));
}

TEST(Tokens, AreFoundOnlyWhole) {
    const auto tokens = Tokens::parse(kFirst, {Grant::view});
    ASSERT_TRUE(tokens);
    const std::string first = kFirst;
    for (const std::string& wrong :
         {std::string(), first.substr(1), first.substr(0, 15), first + "x", first + first,
          "F" + first.substr(1), first + std::string(1, '\0'), std::string(1, '\0') + first}) {
        EXPECT_FALSE(tokens->find(wrong)) << wrong;
    }
    EXPECT_FALSE(Tokens().find(""));
}

TEST(Tokens, SayWhichLineIsWrongButNotWhatItSays) {
    for (const auto* text : {"first-token-0123\nshort", "\ntoken with space,s,", "\nfirst-token-0123 fly",
                             "first-token-0123\nfirst-token-0123", "\nfirst-token-012\xc3\xa9"}) {
        const auto tokens = Tokens::parse(text, {});
        ASSERT_FALSE(tokens) << text;
        EXPECT_NE(tokens.error().message().find("line 2"), std::string::npos) << tokens.error().message();
        EXPECT_EQ(tokens.error().message().find("first-token"), std::string::npos);
    }
}

TEST(Tokens, AreNotTakenFromAFileThatOthersRead) {
    std::string path = "/tmp/tokens_test.XXXXXX";
    const int fd = mkstemp(path.data());
    ASSERT_GE(fd, 0);
    close(fd);
    std::ofstream(path) << kFirst << "\n";
    EXPECT_TRUE(Tokens::read(path, {}, false));
    for (const mode_t mode : {0640U, 0604U, 0620U}) {
        chmod(path.c_str(), mode);
        const auto tokens = Tokens::read(path, {}, false);
        ASSERT_FALSE(tokens) << mode;
        EXPECT_NE(tokens.error().message().find("chmod 600"), std::string::npos);
        EXPECT_TRUE(Tokens::read(path, {}, true));
    }
    chmod(path.c_str(), 0600);
    std::ofstream(path) << "# nobody\n";
    EXPECT_FALSE(Tokens::read(path, {}, false)) << "a file without tokens lets nobody in, or all";
    std::filesystem::remove(path);
    EXPECT_FALSE(Tokens::read(path, {}, false));
    EXPECT_FALSE(Tokens::read("/tmp", {}, true));
}
