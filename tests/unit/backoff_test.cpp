// Attempts that are made again: ever later, at no common time, and at once when what they wait for appears.

#include "base/backoff.hpp"
#include "compositor/reconnection.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

using namespace compositord;
using namespace std::chrono_literals;

TEST(Backoff, DoublesUpToItsBoundAndSpreads) {
    Backoff backoff(100ms, 800ms);
    for (const auto bound : {100ms, 200ms, 400ms, 800ms, 800ms}) {
        const auto delay = backoff.next();
        EXPECT_GE(delay, bound / 2);
        EXPECT_LE(delay, bound);
    }
    std::set<std::chrono::milliseconds> delays;
    for (int i = 0; i < 100; ++i) {
        delays.insert(backoff.next());
    }
    EXPECT_GT(delays.size(), 10U) << "all come at once";
    backoff.reset();
    EXPECT_LE(backoff.next(), 100ms);
    backoff.giveUp();
    EXPECT_GE(backoff.next(), 400ms);
}

TEST(Reconnection, IsAtOnceWhenTheSocketAppears) {
    std::string folder = std::filesystem::temp_directory_path() / "compositord-test-XXXXXX";
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    auto loop = EventLoop::create();
    ASSERT_TRUE(loop);
    auto reconnection = Reconnection::create(*loop, folder, "ipc", [&] { loop->exit(0); });
    ASSERT_TRUE(reconnection);
    for (int i = 0; i < 10; ++i) {
        (*reconnection)->wait(); // for 15 s at least in the end
    }
    auto bind = loop->addTimer([&] { std::ofstream(folder + "/ipc.sock"); });
    ASSERT_TRUE(bind);
    bind->arm(1ms);
    const auto before = std::chrono::steady_clock::now();
    EXPECT_EQ(loop->run(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
    std::filesystem::remove_all(folder);
}
