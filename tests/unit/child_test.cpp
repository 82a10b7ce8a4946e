// Real processes under the real guard.

#include "session/child.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace compositord;
using namespace std::chrono_literals;

namespace {

struct Watched {
    std::string out;
    std::string err;
    int status = -1;
    bool ended = false;
    std::unique_ptr<Child> child;
};

class ChildTest : public testing::Test {
protected:
    void SetUp() override {
        auto created = EventLoop::create();
        ASSERT_TRUE(created);
        loop = std::make_unique<EventLoop>(std::move(*created));
    }

    std::unique_ptr<Watched> start(std::vector<std::string> arguments, std::string input = {},
                                   std::chrono::milliseconds grace = 5s) {
        auto run = std::make_unique<Watched>();
        auto child =
            Child::start(*loop, {GUARD, grace},
                         {std::move(arguments), {"PATH=/usr/bin:/bin", "MARK=1"}, "/tmp", std::move(input)},
                         {.onOutput =
                              [run = run.get()](Child::Stream stream, std::string_view bytes) {
                                  (stream == Child::Stream::out ? run->out : run->err) += bytes;
                              },
                          .onEnd =
                              [run = run.get()](int status) {
                                  run->status = status;
                                  run->ended = true;
                              }});
        EXPECT_TRUE(child) << child.error().message();
        run->child = std::move(*child);
        return run;
    }

    template <class Condition> void waitFor(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        while (!condition() && std::chrono::steady_clock::now() < deadline) {
            ASSERT_TRUE(loop->turn(100ms));
        }
        ASSERT_TRUE(condition());
    }

    void waitForEnd(const Watched& run) {
        waitFor([&] { return run.ended; });
    }

    std::unique_ptr<EventLoop> loop;
};

bool isThere(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/stat");
    std::string text;
    std::getline(status, text);
    const std::size_t name = text.rfind(')');
    return name != std::string::npos && text[name + 2] != 'Z';
}

} // namespace

TEST_F(ChildTest, GivesOutputInputAndStatus) {
    const auto run = start({"sh", "-c", "cat; echo $MARK $PWD; echo bad >&2; exit 3"}, "from here\n");
    waitForEnd(*run);
    EXPECT_EQ(run->out, "from here\n1 /tmp\n");
    EXPECT_EQ(run->err, "bad\n");
    EXPECT_EQ(run->status, 3);
}

TEST_F(ChildTest, SaysWhatCouldNotBeRun) {
    const auto run = start({"/nonexistent/program"});
    waitForEnd(*run);
    EXPECT_EQ(run->status, 127);
    EXPECT_NE(run->err.find("No such file"), std::string::npos) << run->err;
}

TEST_F(ChildTest, InheritsNoDescriptorAndNoBlockedSignal) {
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, nullptr);
    const int leaked = dup(STDERR_FILENO); // not close-on-exec, as a careless library leaves them
    const auto listing = start({"sh", "-c", "ls /proc/$$/fd"});
    waitForEnd(*listing);
    // Not by a shell, which sets its own.
    const auto signals = start({"grep", "SigBlk", "/proc/self/status"});
    waitForEnd(*signals);
    close(leaked);
    sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
    EXPECT_EQ(listing->out, "0\n1\n2\n");
    EXPECT_EQ(signals->out, "SigBlk:\t0000000000000000\n");
}

TEST_F(ChildTest, LosesNothingOfALotAndOfBothStreams) {
    const auto run =
        start({"sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x; head -c 100000 /dev/zero >&2"});
    waitForEnd(*run);
    EXPECT_EQ(run->out, std::string(300000, 'x'));
    EXPECT_EQ(run->err.size(), 100000U);
}

TEST_F(ChildTest, EndsWhatMovedAwayAndWhatTakesNoNotice) {
    // One ignores SIGTERM, one has a session of its own and no parent any more.
    const auto run =
        start({"sh", "-c",
               "trap '' TERM; (setsid sh -c 'echo $$; exec sleep 1000' &); "
               "sh -c 'echo $$; trap \"\" TERM; while :; do sleep 1000; done' & echo $$; wait; wait"},
              {}, 200ms);
    waitFor([&] { return std::ranges::count(run->out, '\n') == 3; });
    std::vector<pid_t> processes;
    std::istringstream words(run->out);
    for (pid_t process = 0; words >> process;) {
        processes.push_back(process);
        EXPECT_TRUE(isThere(process));
    }
    ASSERT_EQ(processes.size(), 3U);
    run->child->stop();
    waitForEnd(*run);
    EXPECT_EQ(run->status, 128 + SIGKILL);
    for (const pid_t process : processes) {
        EXPECT_FALSE(isThere(process)) << process;
    }
}

TEST_F(ChildTest, WhatIsLeftInTheBackgroundEndsWithTheProgram) {
    const auto run = start({"sh", "-c", "sleep 1000 & echo $!"}, {}, 200ms);
    waitForEnd(*run);
    EXPECT_EQ(run->status, 0);
    EXPECT_FALSE(isThere(std::stoi(run->out)));
}

TEST_F(ChildTest, LetsItGoWhenDestroyed) {
    auto run = start({"sh", "-c", "echo $$; exec sleep 1000"}, {}, 200ms);
    waitFor([&] { return !run->out.empty(); });
    const pid_t process = std::stoi(run->out);
    run->child.reset();
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (isThere(process) && std::chrono::steady_clock::now() < deadline) {
        ASSERT_TRUE(loop->turn(20ms));
    }
    EXPECT_FALSE(isThere(process));
}
