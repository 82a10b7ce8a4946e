// How many and how fast: connections, messages, wrong tokens.

#include "web/attempts.hpp"
#include "web/connections.hpp"
#include "web/pace.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

using namespace compositord;
using namespace std::chrono_literals;

namespace {

const RateLimit::Time kStart = RateLimit::Time() + 1h;

} // namespace

TEST(RateLimit, LetsABurstThroughAndThenItsRate) {
    RateLimit limit(3, 10);
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(limit.take(kStart));
    }
    EXPECT_FALSE(limit.take(kStart));
    EXPECT_FALSE(limit.open(kStart + 99ms));
    EXPECT_TRUE(limit.take(kStart + 101ms));
    EXPECT_FALSE(limit.take(kStart + 101ms));
    EXPECT_TRUE(limit.idle(kStart + 1s));
}

TEST(Pace, IsFineForAPageThatSendsCameraAndPointerAtFullRate) {
    Pace pace;
    for (int i = 0; i < 60 * 1240; ++i) {
        ASSERT_EQ(pace.next(kStart + i * 1s / 1240), Pace::Verdict::fine);
    }
}

TEST(Pace, WarnsOnceDropsAndGivesUpAFlood) {
    Pace pace;
    int fine = 0;
    int warned = 0;
    int more = 0;
    Pace::Verdict verdict = Pace::Verdict::fine;
    while (verdict != Pace::Verdict::hopeless) {
        verdict = pace.next(kStart);
        fine += verdict == Pace::Verdict::fine ? 1 : 0;
        warned += verdict == Pace::Verdict::tooFast ? 1 : 0;
        more += verdict == Pace::Verdict::stillTooFast ? 1 : 0;
        ASSERT_LT(fine + warned + more, 100000);
    }
    EXPECT_GE(fine, 1000);
    EXPECT_EQ(warned, 1);
    EXPECT_GE(more, 100);
}

TEST(Pace, ForgetsAfterARest) {
    Pace pace;
    while (pace.next(kStart) == Pace::Verdict::fine) {
    }
    EXPECT_EQ(pace.next(kStart), Pace::Verdict::stillTooFast);
    EXPECT_EQ(pace.next(kStart + 1min), Pace::Verdict::fine);
    while (pace.next(kStart + 1min) == Pace::Verdict::fine) {
    }
    EXPECT_EQ(pace.next(kStart + 1min), Pace::Verdict::stillTooFast)
        << "the warning of the loop was a new one";
}

TEST(Attempts, SlowDownWhoGuesses) {
    Attempts attempts;
    int guesses = 0;
    while (attempts.allowed("10.0.0.1", kStart)) {
        attempts.failed("10.0.0.1", std::to_string(++guesses), kStart);
        ASSERT_LT(guesses, 100);
    }
    EXPECT_GE(guesses, 5);
    EXPECT_TRUE(attempts.allowed("10.0.0.2", kStart)) << "nobody else suffers";
    EXPECT_TRUE(attempts.allowed("10.0.0.1", kStart + 1min));
}

TEST(Attempts, CountThePageWithAnOldTokenOnce) {
    Attempts attempts;
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(attempts.allowed("10.0.0.1", kStart));
        attempts.failed("10.0.0.1", "old", kStart);
    }
}

TEST(Attempts, StayBoundedWhenAllTheWorldGuesses) {
    Attempts attempts;
    for (int i = 0; i < 10000; ++i) {
        attempts.failed("peer " + std::to_string(i), std::to_string(i), kStart);
    }
    EXPECT_FALSE(attempts.allowed("a new peer", kStart)) << "the rest shares one limit";
    EXPECT_TRUE(attempts.allowed("peer 1", kStart)) << "who was there has its own";
    EXPECT_TRUE(attempts.allowed("a new peer", kStart + 1min));
}

TEST(Connections, AreCountedInAllAndPerPeer) {
    Connections connections({.all = 3, .perPeer = 2});
    const auto add = [&](const char* peer) {
        return connections.add({.name = peer, .uid = std::nullopt}, {});
    };
    const auto first = add("a");
    ASSERT_TRUE(first);
    ASSERT_TRUE(add("a"));
    EXPECT_EQ(add("a").error(), "--max-connections-per-peer");
    ASSERT_TRUE(add("b"));
    EXPECT_EQ(add("c").error(), "--max-connections");
    connections.remove(*first);
    connections.remove(*first);
    EXPECT_EQ(connections.size(), 2U);
    EXPECT_TRUE(add("a"));
}
