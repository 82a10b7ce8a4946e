#include "base/json_writer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using compositord::JsonWriter;

namespace {

template <class Write> std::string written(Write write) {
    std::string text;
    JsonWriter json(text);
    write(json);
    return text;
}

} // namespace

TEST(JsonWriter, SeparatesMembersAndElements) {
    const auto text = written([](JsonWriter& json) {
        json.beginObject()
            .member("a", 1)
            .key("b")
            .beginArray()
            .value("x")
            .beginObject()
            .endObject()
            .null()
            .endArray();
        json.member("c", true).key("d").beginObject().member("e", false).endObject().endObject();
    });
    EXPECT_EQ(text, R"({"a":1,"b":["x",{},null],"c":true,"d":{"e":false}})");
}

TEST(JsonWriter, WritesNumbersInTheirShortestExactForm) {
    const auto text = written([](JsonWriter& json) {
        json.beginArray().value(0.1).value(-99999999999.00390625).value(1e21).value(2.0);
        json.value(std::numeric_limits<std::int64_t>::min()).value(UINT32_MAX).endArray();
    });
    EXPECT_EQ(text, "[0.1,-99999999999.0039,1e+21,2,-9223372036854775808,4294967295]");
}

TEST(JsonWriter, WritesNullForWhatJsonHasNot) {
    EXPECT_EQ(written([](JsonWriter& json) { json.value(std::nan("")); }), "null");
    EXPECT_EQ(written([](JsonWriter& json) { json.value(std::numeric_limits<double>::infinity()); }), "null");
}

TEST(JsonWriter, EscapesAndRepairsText) {
    EXPECT_EQ(written([](JsonWriter& json) { json.value("a\"b\\c\nd\x01\x7f é"); }),
              "\"a\\\"b\\\\c\\nd\\u0001\x7f é\"");
    EXPECT_EQ(written([](JsonWriter& json) { json.value("a\xff\"b"); }), "\"a\xef\xbf\xbd\\\"b\"");
}
