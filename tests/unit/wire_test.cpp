// The decoder of Wayland messages, and the relay that listens to them.

#include "compositor/wire_decoder.hpp"
#include "compositor/wire_relay.hpp"

#include <gtest/gtest.h>

#include <infinite-map-v1-client-protocol.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

using namespace compositord;
using Direction = WireDecoder::Direction;

namespace {

constexpr std::array kRoots{&wl_seat_interface, &infinite_map_manager_v1_interface};

std::string word(std::uint32_t value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

std::string text(std::string_view content) {
    std::string bytes = word(static_cast<std::uint32_t>(content.size() + 1)) + std::string(content) + '\0';
    bytes.resize((bytes.size() + 3) / 4 * 4, '\0');
    return bytes;
}

std::string message(std::uint32_t object, std::uint32_t opcode, const std::string& body) {
    return word(object) + word(static_cast<std::uint32_t>(body.size() + 8) << 16 | opcode) + body;
}

class WireDecoding : public testing::Test {
protected:
    std::vector<std::string> said;
    WireDecoder decoder{kRoots, [this](std::string_view json) { said.emplace_back(json); }};
};

std::string json(std::string_view direction, int object, std::string_view interface, std::string_view name,
                 std::string_view arguments) {
    return "\"direction\":\"" + std::string(direction) + "\",\"object\":" + std::to_string(object) +
           ",\"interface\":\"" + std::string(interface) + "\",\"message\":\"" + std::string(name) +
           "\",\"arguments\":[" + std::string(arguments) + "]}";
}

} // namespace

TEST_F(WireDecoding, FollowsObjectsFromTheMessagesThatMakeThem) {
    decoder.feed(Direction::sent, message(1, 1, word(2)));
    decoder.feed(Direction::sent,
                 message(2, 0, word(7) + text("infinite_map_manager_v1") + word(1) + word(3)));
    decoder.feed(Direction::received, message(2, 0, word(7) + text("wl_seat") + word(5)));
    decoder.feed(Direction::received, message(1, 1, word(3)));
    decoder.feed(Direction::sent, message(3, 0, ""));
    ASSERT_EQ(said.size(), 5U);
    EXPECT_EQ(said[0],
              json("sent", 1, "wl_display", "get_registry", R"({"new":2,"interface":"wl_registry"})"));
    EXPECT_EQ(said[1],
              json("sent", 2, "wl_registry", "bind",
                   R"(7,"infinite_map_manager_v1",1,{"new":3,"interface":"infinite_map_manager_v1"})"));
    EXPECT_EQ(said[2], json("received", 2, "wl_registry", "global", R"(7,"wl_seat",5)"));
    EXPECT_EQ(said[3], json("received", 1, "wl_display", "delete_id", "3"));
    EXPECT_EQ(said[4],
              R"("direction":"sent","object":3,"interface":null,"message":"#0","arguments":[{"bytes":0}]})");
}

TEST_F(WireDecoding, TakesPiecesOfAnySize) {
    const std::string all = message(1, 1, word(2)) + message(1, 0, word(3));
    for (const char c : all) {
        decoder.feed(Direction::sent, {&c, 1});
    }
    EXPECT_EQ(said.size(), 2U);
}

TEST_F(WireDecoding, GoesOnAfterWhatIsNoMessage) {
    decoder.feed(Direction::received, "nonsense, twelve"); // the size is no multiple of four
    decoder.feed(Direction::received, message(1, 1, word(9)));
    ASSERT_EQ(said.size(), 2U);
    EXPECT_EQ(said[0], R"("lost":16})");
    EXPECT_EQ(said[1], json("received", 1, "wl_display", "delete_id", "9"));
}

TEST_F(WireDecoding, ToleratesMessagesThatAreTooShort) {
    decoder.know(5, "wl_registry");
    decoder.feed(Direction::received, message(5, 0, word(7) + word(4000)));
    EXPECT_EQ(said.at(0), json("received", 5, "wl_registry", "global", "7"));
}

namespace {

/// A program's end and a compositor's end, and a relay in between.
class WireRelaying : public testing::Test {
protected:
    void SetUp() override {
        std::array<int, 2> pair{};
        ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()), 0);
        program = UniqueFd(pair[0]);
        compositor = UniqueFd(pair[1]);
        begin();
    }

    void begin() {
        auto inserted =
            WireRelay::insert(*loop, program.get(), [this](Direction direction, std::string_view bytes) {
                (direction == Direction::sent ? sent : received) += bytes;
            });
        ASSERT_TRUE(inserted);
        relay = *std::move(inserted);
    }

    void turns(int count = 20) {
        for (int i = 0; i < count; ++i) {
            ASSERT_TRUE(loop->turn(std::chrono::microseconds(0)));
        }
    }

    static std::string take(const UniqueFd& fd) {
        std::string bytes(1 << 20, '\0');
        const ssize_t count = ::recv(fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
        return bytes;
    }

    static void put(const UniqueFd& fd, std::string_view bytes) {
        ASSERT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_DONTWAIT),
                  static_cast<ssize_t>(bytes.size()));
    }

    Result<EventLoop> loop = EventLoop::create();
    UniqueFd program;
    UniqueFd compositor;
    std::unique_ptr<WireRelay> relay;
    std::string sent;
    std::string received;
};

} // namespace

TEST_F(WireRelaying, PassesEverythingOnAndLeavesNoTrace) {
    put(program, "to the compositor");
    put(compositor, "to the program");
    turns();
    EXPECT_EQ(take(compositor), "to the compositor");
    EXPECT_FALSE(relay->empty()); // the program has not read it yet
    relay->finish();
    turns();
    EXPECT_FALSE(relay->empty());
    EXPECT_EQ(take(program), "to the program");
    EXPECT_EQ(sent, "to the compositor");
    EXPECT_EQ(received, "to the program");
    put(program, "the last");
    put(compositor, "and this");
    turns();
    ASSERT_TRUE(relay->empty());
    ASSERT_TRUE(relay->remove());
    relay.reset();
    EXPECT_EQ(take(compositor), "the last");
    EXPECT_EQ(take(program), "and this"); // it waited in the socket itself
    put(program, "directly");
    EXPECT_EQ(take(compositor), "directly");
    EXPECT_EQ(sent, "to the compositorthe last");
}

TEST_F(WireRelaying, WaitsForWhoDoesNotRead) {
    const std::string much(3 << 20, 'x');
    std::string_view left = much;
    std::string got;
    while (!left.empty() || got.size() < much.size()) {
        const ssize_t count = ::send(compositor.get(), left.data(), left.size(), MSG_DONTWAIT);
        left.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
        turns(3);
        got += take(program);
    }
    EXPECT_EQ(got, much);
    EXPECT_EQ(received, much);
}

TEST_F(WireRelaying, CarriesDescriptors) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const UniqueFd reading(pipe[0]);
    const UniqueFd writing(pipe[1]);

    union {
        cmsghdr head;
        std::array<char, CMSG_SPACE(sizeof(int))> bytes;
    } control{};

    char byte = 'x';
    iovec part{.iov_base = &byte, .iov_len = 1};
    msghdr letter{
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    *CMSG_FIRSTHDR(&letter) = {
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    std::memcpy(CMSG_DATA(CMSG_FIRSTHDR(&letter)), &pipe[1], sizeof(int));
    ASSERT_EQ(::sendmsg(compositor.get(), &letter, 0), 1);
    turns();
    letter.msg_controllen = sizeof control;
    ASSERT_EQ(::recvmsg(program.get(), &letter, MSG_DONTWAIT), 1);
    ASSERT_NE(CMSG_FIRSTHDR(&letter), nullptr);
    int got = -1;
    std::memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&letter)), sizeof(int));
    const UniqueFd owned(got);
    ASSERT_EQ(::write(got, "y", 1), 1);
    ASSERT_EQ(::read(reading.get(), &byte, 1), 1);
    EXPECT_EQ(byte, 'y');
}

TEST_F(WireRelaying, TellsTheProgramThatTheCompositorWent) {
    put(compositor, "bye");
    compositor = UniqueFd();
    turns();
    EXPECT_EQ(take(program), "bye");
    char byte = 0;
    turns();
    EXPECT_EQ(::recv(program.get(), &byte, 1, MSG_DONTWAIT), 0);
}
