#include "web/access.hpp"

#include <gtest/gtest.h>

using compositord::Access;

TEST(Access, TakesAddressesAndLocalhostAsHost) {
    for (const auto* host :
         {"127.0.0.1:8765", "127.0.0.1", "localhost:8765", "localhost", "[::1]:8765", "10.0.0.7:1"}) {
        EXPECT_TRUE(Access::hostAllowed(host)) << host;
    }
}

TEST(Access, RefusesNamesThatDnsCouldPointHere) {
    for (const auto* host : {"evil.example", "evil.example:8765", "127.0.0.1.evil.example",
                             "localhost.evil.example", "", ":8765", "[::1", "[evil]:1"}) {
        EXPECT_FALSE(Access::hostAllowed(host)) << host;
    }
}

TEST(Access, TakesItsOwnOriginAndNone) {
    const Access access({});
    EXPECT_TRUE(access.originAllowed("", "127.0.0.1:8765"));
    EXPECT_TRUE(access.originAllowed("http://127.0.0.1:8765", "127.0.0.1:8765"));
    EXPECT_TRUE(access.originAllowed("http://localhost:8765", "localhost:8765"));
}

TEST(Access, RefusesAnotherOriginUnlessAllowed) {
    const Access access({"http://localhost:3000"});
    EXPECT_TRUE(access.originAllowed("http://localhost:3000", "127.0.0.1:8765"));
    for (const auto* origin : {"http://localhost:3001", "http://127.0.0.1:8766", "http://evil.example",
                               "null", "http://127.0.0.1:8765.evil.example", "http://localhost:3000/"}) {
        EXPECT_FALSE(access.originAllowed(origin, "127.0.0.1:8765")) << origin;
    }
}
