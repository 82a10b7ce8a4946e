#include "web/listeners.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace compositord;

namespace {

const Endpoint kAnyPort{.address = "127.0.0.1"};

/// A folder of the test's own.
class ListenerOnUnix : public testing::Test {
protected:
    ListenerOnUnix() {
        std::string pattern = "/tmp/listener_test.XXXXXX";
        folder_ = mkdtemp(pattern.data());
        path_ = folder_ + "/socket";
    }

    ~ListenerOnUnix() override { std::filesystem::remove_all(folder_); }

    std::string folder_;
    std::string path_;
};

} // namespace

TEST(Listener, TellsThePortThatTheSystemChose) {
    const auto socket = listenOn(kAnyPort);
    ASSERT_TRUE(socket);
    EXPECT_NE(socket->endpoint.port, 0);
}

TEST(Listener, SaysThatAPortIsTaken) {
    const auto first = listenOn(kAnyPort);
    ASSERT_TRUE(first);
    const auto second = listenOn(first->endpoint);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, EADDRINUSE);
    EXPECT_NE(second.error().message().find("--port"), std::string::npos);
}

TEST(Listener, ReadsWhereToListen) {
    EXPECT_EQ(parseEndpoint("127.0.0.1", 7), (Endpoint{.address = "127.0.0.1", .port = 7}));
    EXPECT_EQ(parseEndpoint("::1", 7), (Endpoint{.address = "::1", .port = 7}));
    EXPECT_EQ(parseEndpoint("0.0.0.0:80", 7), (Endpoint{.address = "0.0.0.0", .port = 80}));
    EXPECT_EQ(parseEndpoint("[::1]:80", 7), (Endpoint{.address = "::1", .port = 80}));
    EXPECT_EQ(parseEndpoint("unix:/run/x:1", 7), (Endpoint{.path = "/run/x:1"}));
    for (const auto* text : {"", "localhost", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", ":80",
                             "unix:", "unix:here", "[::1", "[::1]x"}) {
        EXPECT_FALSE(parseEndpoint(text, 7)) << text;
    }
}

TEST(Listener, KnowsWhatOtherMachinesReach) {
    for (const auto* text : {"127.0.0.1", "127.8.9.1", "::1", "unix:/run/x"}) {
        EXPECT_TRUE(parseEndpoint(text, 0)->local()) << text;
    }
    for (const auto* text : {"0.0.0.0", "::", "192.168.0.1", "::ffff:127.0.0.1"}) {
        EXPECT_FALSE(parseEndpoint(text, 0)->local()) << text;
    }
}

TEST(Listener, RefusesAddressesBeyondLoopbackUnlessThereAreTokens) {
    const Log log(LogLevel::error);
    for (const auto* address : {"0.0.0.0", "::"}) {
        ListenSettings settings{.endpoints = {*parseEndpoint(address, 0)}};
        const auto sockets = openListeners(settings, log);
        ASSERT_FALSE(sockets) << address;
        EXPECT_EQ(sockets.error().code, EPERM);
        EXPECT_NE(sockets.error().message().find("--token-file"), std::string::npos);
    }
    EXPECT_TRUE(openListeners({.endpoints = {*parseEndpoint("0.0.0.0", 0)}, .beyondLoopback = true}, log));
}

TEST(Listener, OpensTheSecondPortOnEachAddressAndGoesOnWithoutIt) {
    const Log log(LogLevel::error);
    std::uint16_t port = 0;
    {
        const auto probe = listenOn(kAnyPort);
        ASSERT_TRUE(probe);
        port = probe->endpoint.port;
        const auto sockets = openListeners({.endpoints = {kAnyPort}, .orchestratorPort = port}, log);
        ASSERT_TRUE(sockets);
        EXPECT_EQ(sockets->size(), 1U) << "it is taken";
    }
    const auto sockets = openListeners({.endpoints = {kAnyPort, kAnyPort}, .orchestratorPort = port}, log);
    ASSERT_TRUE(sockets);
    ASSERT_EQ(sockets->size(), 3U);
    EXPECT_FALSE((*sockets)[1].orchestrator);
    EXPECT_TRUE((*sockets)[2].orchestrator);
    EXPECT_EQ((*sockets)[2].endpoint.port, port);
}

TEST(Listener, WritesAddressesAsUrlsHaveThem) {
    EXPECT_EQ((Endpoint{.address = "127.0.0.1", .port = 1}.text(false)), "http://127.0.0.1:1/");
    EXPECT_EQ((Endpoint{.address = "::1", .port = 1}.text(true)), "https://[::1]:1/");
    EXPECT_EQ(Endpoint{.path = "/x"}.text(true), "unix:/x");
}

TEST_F(ListenerOnUnix, IsForItsOwnerAndRemovedAtItsEnd) {
    const mode_t before = umask(0);
    {
        const auto socket = listenOn({.path = path_});
        ASSERT_TRUE(socket) << socket.error().message();
        struct stat status{};
        ASSERT_EQ(stat(path_.c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777U, 0600U);
    }
    umask(before);
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(ListenerOnUnix, ReplacesOnlyTheSocketOfTheDead) {
    const auto alive = listenOn({.path = path_});
    ASSERT_TRUE(alive);
    const auto second = listenOn({.path = path_});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, EADDRINUSE);
    EXPECT_TRUE(std::filesystem::exists(path_));

    const std::string dead = folder_ + "/dead";
    {
        auto gone = listenOn({.path = dead});
        ASSERT_TRUE(gone);
        std::filesystem::create_hard_link(dead, dead + ".kept"); // as after kill -9
    }
    std::filesystem::rename(dead + ".kept", dead);
    EXPECT_TRUE(listenOn({.path = dead}));
}

TEST_F(ListenerOnUnix, LeavesOtherFilesAlone) {
    std::ofstream(path_) << "precious";
    const auto socket = listenOn({.path = path_});
    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().code, EADDRINUSE);
    EXPECT_EQ(std::filesystem::file_size(path_), 8U);
    EXPECT_FALSE(listenOn({.path = folder_ + "/" + std::string(200, 'x')}));
    EXPECT_FALSE(listenOn({.path = folder_ + "/missing/socket"}));
}
