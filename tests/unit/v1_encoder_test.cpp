#include "base/handle.hpp"
#include "web/v1.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace compositord;

namespace {

const V1 kJson(V1::Format::json);

/// The messages of a frame, each parsed.
std::vector<JsonHandle> messages(const SharedFrame& frame) {
    std::vector<JsonHandle> result;
    const auto& bytes = frame->bytes();
    for (std::size_t at = 0; at < bytes.size();) {
        std::size_t length = bytes[at + 1];
        std::size_t header = 2;
        if (length == 126) {
            length = (static_cast<std::size_t>(bytes[at + 2]) << 8U) | bytes[at + 3];
            header = 4;
        }
        const auto* payload = reinterpret_cast<const char*>(bytes.data() + at + header);
        result.emplace_back(json_loadb(payload, length, JSON_REJECT_DUPLICATES, nullptr));
        EXPECT_TRUE(result.back()) << std::string(payload, length);
        at += header + length;
    }
    return result;
}

std::string text(const JsonHandle& message, const char* member) {
    const char* value = json_string_value(json_object_get(message.get(), member));
    return value != nullptr ? value : "";
}

Camera camera(const std::string& name) {
    Camera result;
    result.name = name;
    return result;
}

Window window(std::uint32_t id) {
    Window result;
    result.id = WindowId{id};
    return result;
}

} // namespace

TEST(V1Encoder, SaysThatMoreFollowsOfOneRevision) {
    ChangeSet set{1, 2, {}};
    set.changes.compositor = Compositor{.name = "c", .driver = "d", .connected = true};
    set.changes.cameras.push_back(camera("A"));
    set.changes.removedWindows.push_back(WindowId{3});
    const auto all = messages(kJson.update(World({}), set));
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(text(all[0], "type"), "CompositorUpdate");
    EXPECT_EQ(text(all[1], "type"), "CameraUpdate");
    EXPECT_EQ(text(all[2], "type"), "WindowUpdate");
    EXPECT_TRUE(json_is_true(json_object_get(all[0].get(), "more")));
    EXPECT_TRUE(json_is_true(json_object_get(all[1].get(), "more")));
    EXPECT_EQ(json_object_get(all[2].get(), "more"), nullptr);
    for (const auto& message : all) {
        EXPECT_EQ(json_integer_value(json_object_get(message.get(), "revision")), 2);
    }
}

TEST(V1Encoder, SendsOnlyTheKindThatChanged) {
    ChangeSet set{1, 2, {}};
    set.changes.windows.push_back(window(1));
    const auto all = messages(kJson.update(World({}), set));
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(text(all[0], "type"), "WindowUpdate");
    EXPECT_EQ(json_object_get(all[0].get(), "more"), nullptr);
}

TEST(V1Encoder, WritesAWindowWhole) {
    World world(Compositor{.name = "c", .driver = "d", .connected = true});
    Window full = window(4294967295);
    full.identifier = "abc";
    full.title = "a \"title\"\xff";
    full.pid = 12;
    full.position = {-99999999999.0, 0.00390625};
    full.space = Space::screen;
    full.screen = ScreenPlace{"A", {1, 2}};
    full.parent = WindowId{7};
    full.states.fullscreen = true;
    full.states.urgent = true;
    Changes commit;
    commit.windows = {full, window(1)};
    world.apply(commit);
    const auto all = messages(kJson.snapshot(world, {}));
    ASSERT_EQ(all.size(), 1U);
    const json_t* windows = json_object_get(all[0].get(), "windows");
    ASSERT_EQ(json_array_size(windows), 2U);
    const std::string plain =
        R"({"id":1,"identifier":null,"appId":"","title":"","pid":null,"x":0,"y":0,"width":0,"height":0,
        "space":"map","screen":null,"stacking":0,"parent":null,"states":[]})";
    const std::string whole =
        R"({"id":4294967295,"identifier":"abc","appId":"","title":"a \"title\"\ufffd","pid":12,
        "x":-99999999999,"y":0.00390625,"width":0,"height":0,"space":"screen","screen":{"camera":"A","x":1,"y":2},
        "stacking":0,"parent":7,"states":["fullscreen","urgent"]})";
    const JsonHandle expected[] = {JsonHandle(json_loads(plain.c_str(), 0, nullptr)),
                                   JsonHandle(json_loads(whole.c_str(), 0, nullptr))};
    EXPECT_TRUE(json_equal(json_array_get(windows, 0), expected[0].get()));
    EXPECT_TRUE(json_equal(json_array_get(windows, 1), expected[1].get()));
}

TEST(V1Encoder, NamesWhoMovedACamera) {
    ChangeSet set{1, 2, {}};
    set.changes.cameras = {camera("A"), camera("B"), camera("C")};
    set.changes.cameras[1].cause = Cause{5, {"page", RequestId(std::int64_t{8})}};
    set.changes.cameras[2].cause = Cause{6, {}};
    const auto all = messages(kJson.update(World({}), set));
    const json_t* cameras = json_object_get(all[0].get(), "cameras");
    EXPECT_TRUE(json_is_null(json_object_get(json_array_get(cameras, 0), "cause")));
    const json_t* named = json_object_get(json_array_get(cameras, 1), "cause");
    EXPECT_STREQ(json_string_value(json_object_get(named, "origin")), "page");
    EXPECT_EQ(json_integer_value(json_object_get(named, "id")), 8);
    const json_t* nameless = json_object_get(json_array_get(cameras, 2), "cause");
    EXPECT_TRUE(json_is_null(json_object_get(nameless, "origin")));
    EXPECT_TRUE(json_is_null(json_object_get(nameless, "id")));
}

TEST(V1Encoder, AnswersRequests) {
    const auto ack = messages(kJson.ack(RequestId("x")));
    EXPECT_EQ(text(ack[0], "type"), "Ack");
    EXPECT_EQ(text(ack[0], "id"), "x");
    const auto error = messages(kJson.error({}, {"busy", "", "wait"}));
    EXPECT_EQ(text(error[0], "code"), "busy");
    EXPECT_TRUE(json_is_null(json_object_get(error[0].get(), "member")));
    EXPECT_TRUE(json_is_null(json_object_get(error[0].get(), "id")));
}
