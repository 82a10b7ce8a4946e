#include "base/handle.hpp"
#include "web/dialects.hpp"

#include <gtest/gtest.h>

#include <string>

using namespace compositord;

namespace {

Camera camera(const std::string& name) {
    Camera result;
    result.name = name;
    result.live = {{1, 2}, 0.5};
    result.target = {{3, 4}, 0.25};
    return result;
}

World worldWith(std::vector<Camera> cameras) {
    World world({});
    Changes changes;
    changes.cameras = std::move(cameras);
    world.apply(changes);
    return world;
}

/// The only message of a frame, which is short.
JsonHandle only(const SharedFrame& frame) {
    const auto& bytes = frame->bytes();
    const std::size_t header = bytes[1] == 126 ? 4 : 2;
    return JsonHandle(
        json_loadb(reinterpret_cast<const char*>(bytes.data()) + header, bytes.size() - header, 0, nullptr));
}

} // namespace

TEST(GeometryOs, SendsTheCameraAsTheShellReadsIt) {
    const GeometryOs dialect;
    const World world = worldWith({camera("A")});
    const JsonHandle message = only(dialect.snapshot(world, {}));
    ASSERT_TRUE(message);
    EXPECT_STREQ(json_string_value(json_object_get(message.get(), "type")), "camera_update");
    const std::pair<const char*, double> numbers[] = {
        {"x", 1}, {"y", 2}, {"zoom", 0.5}, {"target_x", 3}, {"target_y", 4}, {"target_zoom", 0.25}};
    for (const auto& [name, value] : numbers) {
        EXPECT_EQ(json_number_value(json_object_get(message.get(), name)), value) << name;
    }
    EXPECT_GT(json_integer_value(json_object_get(message.get(), "timestamp")), 1600000000000);
}

TEST(GeometryOs, SpeaksOfTheFirstCameraOnly) {
    const GeometryOs dialect;
    const World world = worldWith({camera("A"), camera("B")});
    ChangeSet set{1, 2, {}};
    set.changes.cameras = {camera("B")};
    EXPECT_FALSE(dialect.update(world, set));
    set.changes.cameras = {camera("B"), camera("A")};
    EXPECT_TRUE(dialect.update(world, set));
    EXPECT_FALSE(dialect.snapshot(World({}), {}));
    EXPECT_FALSE(dialect.hello(world, {}));
}

TEST(GeometryOs, ReadsWhatTheShellSends) {
    const GeometryOs dialect;
    const auto move = dialect.decode(R"({"type":"camera_update","x":819200,"y":1,"zoom":0.5,"timestamp":1})");
    ASSERT_TRUE(move);
    const auto command = std::get<SetCamera>(std::get<Request>(*move).command);
    EXPECT_EQ(command.x, 819200);
    EXPECT_EQ(command.zoom, 0.5);
    const auto alive = dialect.decode(R"({"type":"heartbeat","timestamp":1763720000.5})");
    ASSERT_TRUE(alive);
    EXPECT_TRUE(std::holds_alternative<Heartbeat>(*alive));
    EXPECT_FALSE(dialect.decode(R"({"type":"camera_update","x":1,"y":1})"));
    EXPECT_FALSE(dialect.decode(R"({"type":"Ping"})"));
    EXPECT_FALSE(dialect.decode("x"));
}

TEST(Dialects, AClientWithoutSubprotocolIsSpokenToInBoth) {
    const Dialects dialects;
    const Dialect* both = dialects.find("");
    ASSERT_NE(both, nullptr);
    const World world = worldWith({camera("A")});
    const auto v1 = dialects.find(V1::kJsonName)->snapshot(world, {})->bytes();
    const auto bytes = both->snapshot(world, {})->bytes();
    ASSERT_GT(bytes.size(), v1.size());
    EXPECT_TRUE(std::equal(v1.begin(), v1.end(), bytes.begin()));
    EXPECT_TRUE(std::holds_alternative<Heartbeat>(*both->decode(R"({"type":"heartbeat"})")));
    EXPECT_TRUE(std::holds_alternative<Ping>(*both->decode(R"({"type":"Ping"})")));
    const auto unknown = both->decode(R"({"type":"Zap","id":4})");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().id, RequestId(std::int64_t{4}));
}

TEST(Dialects, AreKnownByName) {
    const Dialects dialects;
    EXPECT_TRUE(dialects.find("compositord.v1.msgpack")->binary());
    EXPECT_FALSE(dialects.find("compositord.v1.json")->binary());
    EXPECT_EQ(dialects.find("geometry-os")->silence(), std::chrono::seconds(10));
    EXPECT_EQ(dialects.find("compositord.v2.json"), nullptr);
    EXPECT_TRUE(Dialects::offered("x, compositord.v1.json ,y"));
    EXPECT_FALSE(Dialects::offered("x, compositord.v1.jsonx, "));
}
