#include "web/access.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

using namespace compositord;

TEST(Access, TakesAddressesAndLocalhostAsHost) {
    const Access access({});
    for (const auto* host : {"127.0.0.1:8765", "127.0.0.1", "localhost:8765", "localhost", "LocalHost:1",
                             "[::1]:8765", "10.0.0.7:1"}) {
        EXPECT_TRUE(access.hostAllowed(host)) << host;
    }
}

TEST(Access, RefusesNamesThatDnsCouldPointHere) {
    const Access access({});
    for (const auto* host : {"evil.example", "evil.example:8765", "127.0.0.1.evil.example",
                             "localhost.evil.example", "", ":8765", "[::1", "[evil]:1"}) {
        EXPECT_FALSE(access.hostAllowed(host)) << host;
    }
}

TEST(Access, TakesNamesOfThisMachineFromTheSettings) {
    const Access access({.hosts = {"map.home.arpa"}});
    EXPECT_TRUE(access.hostAllowed("map.home.arpa"));
    EXPECT_TRUE(access.hostAllowed("Map.Home.Arpa:8765"));
    for (const auto* host : {"home.arpa", "evil.map.home.arpa", "map.home.arpa.evil.example"}) {
        EXPECT_FALSE(access.hostAllowed(host)) << host;
    }
}

TEST(Access, TakesItsOwnOriginAndNone) {
    const Access access({});
    EXPECT_TRUE(access.originAllowed("", "127.0.0.1:8765"));
    EXPECT_TRUE(access.originAllowed("http://127.0.0.1:8765", "127.0.0.1:8765"));
    EXPECT_TRUE(access.originAllowed("http://localhost:8765", "localhost:8765"));
}

TEST(Access, RefusesAnotherOriginUnlessAllowed) {
    const Access access({.origins = {"http://localhost:3000"}});
    EXPECT_TRUE(access.originAllowed("http://localhost:3000", "127.0.0.1:8765"));
    for (const auto* origin : {"http://localhost:3001", "http://127.0.0.1:8766", "http://evil.example",
                               "null", "http://127.0.0.1:8765.evil.example", "http://localhost:3000/"}) {
        EXPECT_FALSE(access.originAllowed(origin, "127.0.0.1:8765")) << origin;
    }
}

TEST(Access, KnowsEverybodyUntilThereAreTokens) {
    Access access({.grants = {Grant::view}});
    const Peer remote{.name = "192.0.2.1", .uid = std::nullopt};
    const Peer same{.name = "us", .uid = geteuid()};
    const Peer other{.name = "them", .uid = geteuid() + 1};
    EXPECT_EQ(access.withoutToken(remote).grants, Grants{Grant::view});
    access.setTokens(*Tokens::parse("0123456789abcdef camera", {}));
    EXPECT_FALSE(access.withoutToken(remote).known);
    EXPECT_FALSE(access.withoutToken(other).known);
    EXPECT_EQ(access.withoutToken(same).grants, Grants{Grant::view});
    EXPECT_EQ(access.withToken("0123456789abcdef")->grants, Grants{Grant::camera});
    EXPECT_FALSE(access.withToken("0123456789abcdeg"));
}
