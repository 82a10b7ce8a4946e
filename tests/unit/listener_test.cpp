#include "web/listener.hpp"

#include <gtest/gtest.h>

#include <cerrno>

using namespace compositord;

TEST(Listener, TellsThePortThatTheSystemChose) {
    const auto socket = listenOn("127.0.0.1", 0);
    ASSERT_TRUE(socket);
    EXPECT_NE(socket->port, 0);
}

TEST(Listener, SaysThatAPortIsTaken) {
    const auto first = listenOn("127.0.0.1", 0);
    ASSERT_TRUE(first);
    const auto second = listenOn("127.0.0.1", first->port);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, EADDRINUSE);
    EXPECT_NE(second.error().message().find("--port"), std::string::npos);
}

TEST(Listener, RefusesAddressesBeyondLoopback) {
    for (const auto* address : {"0.0.0.0", "::", "192.168.0.1"}) {
        const auto socket = listenOn(address, 0);
        ASSERT_FALSE(socket) << address;
        EXPECT_EQ(socket.error().code, EPERM);
    }
    ASSERT_FALSE(listenOn("localhost", 0));
}

TEST(Listener, WritesAddressesAsUrlsHaveThem) {
    EXPECT_EQ(urlHost("127.0.0.1"), "127.0.0.1");
    EXPECT_EQ(urlHost("::1"), "[::1]");
}
