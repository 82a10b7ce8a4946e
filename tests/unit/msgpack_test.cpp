#include "base/json_writer.hpp"
#include "base/msgpack_reader.hpp"
#include "base/msgpack_writer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

using namespace compositord;

namespace {

/// Whatever is written in both forms is read as the same.
template <class Write> void expectSame(const Write& write) {
    std::string json;
    std::string msgpack;
    write(JsonWriter(json));
    write(MsgpackWriter(msgpack));
    const auto fromJson = parseJsonObject(json);
    const auto fromMsgpack = parseMsgpackObject(msgpack);
    ASSERT_TRUE(fromJson) << json;
    ASSERT_TRUE(fromMsgpack) << fromMsgpack.error().message;
    EXPECT_TRUE(json_equal(fromJson->get(), fromMsgpack->get())) << json;
}

std::string bytes(std::initializer_list<unsigned char> list) {
    return {list.begin(), list.end()};
}

} // namespace

TEST(Msgpack, SaysTheSameAsJson) {
    expectSame([](auto out) {
        out.beginObject().member("text", "é\"\n").member("yes", true).member("no", false).key("none").null();
        out.key("list").beginArray().beginObject().endObject().beginArray().value("x").endArray().endArray();
        out.member("half", 0.5).endObject();
    });
}

TEST(Msgpack, KeepsIntegersOfEverySize) {
    for (const std::int64_t number : {INT64_C(0),           INT64_C(127),
                                      INT64_C(128),         INT64_C(255),
                                      INT64_C(256),         INT64_C(65535),
                                      INT64_C(65536),       INT64_C(4294967295),
                                      INT64_C(4294967296),  std::numeric_limits<std::int64_t>::max(),
                                      INT64_C(-1),          INT64_C(-32),
                                      INT64_C(-33),         INT64_C(-128),
                                      INT64_C(-129),        INT64_C(-32768),
                                      INT64_C(-32769),      INT64_C(-2147483648),
                                      INT64_C(-2147483649), std::numeric_limits<std::int64_t>::min()}) {
        expectSame([&](auto out) { out.beginObject().member("n", number).endObject(); });
    }
}

TEST(Msgpack, KeepsTextOfEveryLength) {
    for (const std::size_t length : {0UL, 31UL, 32UL, 255UL, 256UL, 65535UL, 65536UL}) {
        expectSame([&](auto out) { out.beginObject().member("t", std::string(length, 'x')).endObject(); });
    }
    expectSame([](auto out) { out.beginObject().member("t", "a\xff").endObject(); });
    expectSame([](auto out) { out.beginObject().member("t", std::nan("")).endObject(); });
}

TEST(Msgpack, WritesTheShortestForms) {
    std::string text;
    MsgpackWriter(text).beginArray().value(5).value(-1).value(200).value("a").endArray();
    EXPECT_EQ(text, bytes({0xdd, 0, 0, 0, 4, 5, 0xff, 0xcc, 200, 0xa1, 'a'}));
}

TEST(Msgpack, RefusesWhatMessagesDoNotHave) {
    const std::string cases[] = {
        "",
        bytes({0x91, 0x01}),                              // an array
        bytes({0x81}),                                    // cut
        bytes({0x81, 0xa1, 'a'}),                         // cut in an entry
        bytes({0x81, 0x01, 0x01}),                        // a key that is no string
        bytes({0x82, 0xa1, 'a', 1, 0xa1, 'a', 2}),        // a key twice
        bytes({0x81, 0xa1, 'a', 0xc4, 1, 0}),             // bin
        bytes({0x81, 0xa1, 'a', 0xd4, 1, 0}),             // ext
        bytes({0x81, 0xa1, 'a', 0xc1}),                   // never used
        bytes({0x81, 0xa1, 'a', 0xa1, 0xff}),             // not UTF-8
        bytes({0x81, 0xa1, 'a', 0xa1, 0}),                // NUL
        bytes({0x81, 0xa1, 'a', 0xca, 0x7f, 0xc0, 0, 0}), // NaN
        bytes({0x81, 0xa1, 'a', 0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), // beyond 63 bits
        bytes({0xdf, 0xff, 0xff, 0xff, 0xff}), // claims four billion entries
        bytes({0x81, 0xa1, 'a', 0xdb, 0xff, 0xff, 0xff, 0xff}),
        bytes({0x80, 0x00}),         // more follows
        std::string(100000, '\x91'), // too deep
    };
    for (const std::string& text : cases) {
        const auto json = parseMsgpackObject(text);
        ASSERT_FALSE(json);
        EXPECT_FALSE(json.error().message.empty());
    }
}
