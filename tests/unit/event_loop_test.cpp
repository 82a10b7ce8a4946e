#include "base/event_loop.hpp"

#include <gtest/gtest.h>

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <vector>

using namespace compositord;
using namespace std::chrono_literals;

namespace {

struct Pipe {
    UniqueFd read;
    UniqueFd write;
};

Pipe makePipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

} // namespace

TEST(EventLoop, RunsTimersInTheirOrder) {
    auto loop = EventLoop::create();
    ASSERT_TRUE(loop);
    std::vector<int> order;
    auto late = loop->addTimer([&] {
        order.push_back(2);
        loop->exit(7);
    });
    auto early = loop->addTimer([&] { order.push_back(1); });
    late->arm(20ms);
    early->arm(1ms);
    EXPECT_EQ(loop->run(), 7);
    EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST(EventLoop, ServesImportantSourcesFirst) {
    auto loop = EventLoop::create();
    ASSERT_TRUE(loop);
    const Pipe first = makePipe();
    const Pipe second = makePipe();
    ASSERT_EQ(write(first.write.get(), "x", 1), 1);
    ASSERT_EQ(write(second.write.get(), "x", 1), 1);
    std::vector<char> order;
    auto normal = loop->addIo(first.read.get(), EPOLLIN, [&](std::uint32_t) {
        order.push_back('n');
        loop->exit(0);
    });
    auto important = loop->addIo(
        second.read.get(), EPOLLIN,
        [&](std::uint32_t) {
            char byte = 0;
            EXPECT_EQ(read(second.read.get(), &byte, 1), 1);
            order.push_back('i');
        },
        Priority::important);
    ASSERT_TRUE(normal && important);
    EXPECT_EQ(loop->run(), 0);
    EXPECT_EQ(order, (std::vector{'i', 'n'}));
}

TEST(EventLoop, PreparesBeforeItWaitsInOrderOfPriority) {
    auto loop = EventLoop::create();
    ASSERT_TRUE(loop);
    std::vector<char> order;
    auto last = loop->addPrepare(
        [&] {
            order.push_back('l');
            loop->exit(0);
        },
        Priority::idle);
    auto first = loop->addPrepare([&] { order.push_back('f'); }, Priority::important);
    ASSERT_TRUE(last && first);
    EXPECT_EQ(loop->run(), 0);
    ASSERT_GE(order.size(), 2U);
    EXPECT_EQ(order[0], 'f');
    EXPECT_EQ(order[1], 'l');
}

TEST(EventLoop, RunsADeferredCallOncePerTrigger) {
    auto loop = EventLoop::create();
    ASSERT_TRUE(loop);
    int calls = 0;
    auto deferred = loop->addDeferred([&] { ++calls; });
    auto end = loop->addTimer([&] { loop->exit(0); });
    deferred->trigger();
    end->arm(20ms);
    EXPECT_EQ(loop->run(), 0);
    EXPECT_EQ(calls, 1);
}

TEST(EventLoop, ForgetsASourceThatIsDestroyed) {
    auto loop = EventLoop::create();
    ASSERT_TRUE(loop);
    bool called = false;
    {
        auto timer = loop->addTimer([&] { called = true; });
        timer->arm(1ms);
    }
    auto end = loop->addTimer([&] { loop->exit(0); });
    end->arm(20ms);
    EXPECT_EQ(loop->run(), 0);
    EXPECT_FALSE(called);
}

TEST(EventLoop, CountsTheSourcesThatThereAre) {
    auto loop = EventLoop::create();
    ASSERT_TRUE(loop);
    const std::size_t before = loop->sources();
    {
        const auto timer = loop->addTimer([] {});
        auto deferred = loop->addDeferred([] {});
        EXPECT_EQ(loop->sources(), before + 2);
        const auto moved = std::move(*deferred);
        EXPECT_EQ(loop->sources(), before + 2);
    }
    EXPECT_EQ(loop->sources(), before);
    EXPECT_FALSE(loop->addIo(-1, EPOLLIN, [](std::uint32_t) {}));
    EXPECT_EQ(loop->sources(), before);
}

TEST(EventLoop, DeliversSignals) {
    auto loop = EventLoop::create();
    ASSERT_TRUE(loop);
    auto source = loop->addSignal(SIGUSR1, [&](int number) { loop->exit(number); });
    ASSERT_TRUE(source);
    raise(SIGUSR1);
    EXPECT_EQ(loop->run(), SIGUSR1);
}
