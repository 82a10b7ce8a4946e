#include "base/json_reader.hpp"
#include "base/msgpack_writer.hpp"
#include "web/traffic_event.hpp"

#include <gtest/gtest.h>

#include <string>

using namespace compositord;
using namespace compositord::traffic;

namespace {

constexpr std::string_view kLead = "event: message\ndata: ";

/// The data of a message's event, read again.
JsonHandle told(const Message& message) {
    const std::string event = messageEvent(message);
    EXPECT_TRUE(event.starts_with(kLead) && event.ends_with("\n\n")) << event;
    const auto data = std::string_view(event).substr(kLead.size(), event.size() - kLead.size() - 2);
    EXPECT_FALSE(data.contains('\n')) << "an event's data is one line";
    auto json = parseJsonObject(data);
    EXPECT_TRUE(json) << data;
    return json ? std::move(*json) : nullptr;
}

std::string text(const JsonHandle& json, const char* member) {
    const char* found = json_string_value(json_object_get(json.get(), member));
    return found != nullptr ? found : "";
}

bool wasCut(const JsonHandle& json) {
    return json_is_true(json_object_get(json.get(), "cut"));
}

Message received(std::string_view payload, Kind kind = Kind::text) {
    return {.client = ClientNumber{7},
            .dialect = "compositord.v1.json",
            .direction = Direction::received,
            .kind = kind,
            .bytes = payload.size(),
            .payload = payload};
}

} // namespace

TEST(TrafficEvent, TellsAMessageAsItCame) {
    const std::string payload = "{ \"id\": \"\u00e4\n\",\n\"type\" : \"Ping\"}";
    const auto json = told(received(payload));
    EXPECT_EQ(text(json, "text"), payload);
    EXPECT_EQ(text(json, "direction"), "received");
    EXPECT_EQ(text(json, "kind"), "text");
    EXPECT_EQ(json_integer_value(json_object_get(json.get(), "client")), 7);
    EXPECT_EQ(json_integer_value(json_object_get(json.get(), "bytes")),
              static_cast<json_int_t>(payload.size()));
    EXPECT_FALSE(wasCut(json));
}

TEST(TrafficEvent, FindsTheTypeWhereItCan) {
    EXPECT_EQ(text(told(received(R"({"type":"Ping"})")), "type"), "Ping");
    EXPECT_EQ(text(told(received(R"({"id": 1, "type": "Ping"})")), "type"), "Ping");
    EXPECT_EQ(text(told(received(R"({"type":"P\u0069ng"})")), "type"), "Ping");
    EXPECT_EQ(text(told(received(R"({"type":7})")), "type"), "");
    EXPECT_EQ(text(told(received("{\"type\":\"")), "type"), "");
    EXPECT_EQ(text(told(received("")), "type"), "");
    auto known = received("no JSON");
    known.type = "heartbeat";
    EXPECT_EQ(text(told(known), "type"), "heartbeat");
}

TEST(TrafficEvent, TellsMessagePackAsJson) {
    std::string payload;
    MsgpackWriter out(payload);
    out.beginObject().member("type", "Ping").member("id", 7).endObject();
    const auto json = told(received(payload, Kind::binary));
    EXPECT_EQ(text(json, "text"), R"({"type":"Ping","id":7})");
    EXPECT_EQ(text(json, "type"), "Ping");
    EXPECT_TRUE(text(told(received("\xc1", Kind::binary)), "text").starts_with("(not valid MessagePack"));
}

TEST(TrafficEvent, CutsLongTextsBetweenCharacters) {
    std::string payload(kLongestText - 1, 'x');
    EXPECT_FALSE(wasCut(told(received(payload + "y"))));
    const auto json = told(received(payload + "\u00e4"));
    EXPECT_TRUE(wasCut(json));
    EXPECT_EQ(text(json, "text"), payload);
}

TEST(TrafficEvent, KeepsSecrets) {
    for (const char* payload : {R"({"type":"Auth","token":"hush"})", R"({"type":"auth","token":"hush"})",
                                R"({"type":"Auth","token":)", R"({"typo":"Auth","token":"hush"})"}) {
        EXPECT_FALSE(messageEvent(received(payload)).contains("hush")) << payload;
    }
    auto known = received("\xffhush");
    known.type = "Auth";
    EXPECT_FALSE(messageEvent(known).contains("hush"));
    std::string payload;
    MsgpackWriter(payload).beginObject().member("type", "Auth").member("token", "hush").endObject();
    EXPECT_FALSE(messageEvent(received(payload, Kind::binary)).contains("hush"));
}

TEST(TrafficEvent, FindsEachMessageOfAFrame) {
    Frame frame;
    frame.addText("short");
    frame.addBinary(std::string(300, 'm'));
    frame.addText(std::string(70000, 'l'));
    frame.addClose(1001, "the end");
    const auto parts = partsOf(frame, true);
    ASSERT_EQ(parts.size(), 4);
    EXPECT_EQ(parts[0].payload, "short");
    EXPECT_EQ(parts[1].kind, Kind::binary);
    EXPECT_EQ(parts[1].payload.size(), 300);
    EXPECT_EQ(parts[2].payload.size(), 70000);
    EXPECT_EQ(parts[3].kind, Kind::close);
    std::size_t bytes = 0;
    for (const Part& part : parts) {
        bytes += part.bytes;
    }
    EXPECT_EQ(bytes, frame.bytes().size());
    auto close = received(parts[3].payload, Kind::close);
    EXPECT_EQ(text(told(close), "text"), "1001 the end");
    EXPECT_EQ(text(told(close), "type"), "close");
}

TEST(TrafficEvent, FindsEachEventOfAStream) {
    Frame frame;
    frame.addRaw("event: CameraUpdate\ndata: {\"more\":true}\n\nevent: WindowUpdate\nid: x-1\ndata: {}\n\n");
    frame.addRaw(":\n\n");
    const auto parts = partsOf(frame, false);
    ASSERT_EQ(parts.size(), 3);
    EXPECT_EQ(parts[0].type, "CameraUpdate");
    EXPECT_EQ(parts[0].payload, "{\"more\":true}");
    EXPECT_EQ(parts[1].type, "WindowUpdate");
    EXPECT_EQ(parts[1].payload, "{}");
    EXPECT_EQ(parts[2].type, "comment");
}

TEST(TrafficEvent, DescribesClients) {
    const Peer peer{.client = ClientNumber{3},
                    .address = "127.0.0.1",
                    .dialect = "none",
                    .since = Time(std::chrono::milliseconds(1500)),
                    .view = {.cameras = false, .area = WorldRect{{-1, 2}, 3, 4}},
                    .interval = std::chrono::milliseconds(50)};
    EXPECT_EQ(
        clientEvent(peer),
        "event: client\ndata: {\"client\":3,\"peer\":\"127.0.0.1\",\"dialect\":\"none\",\"since\":1500,"
        "\"subscription\":{\"kinds\":[\"windows\"],\"area\":{\"x\":-1,\"y\":2,\"width\":3,\"height\":4},"
        "\"maxRate\":20}}\n\n");
}
