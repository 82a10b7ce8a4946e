#include "web/v1.hpp"

#include <gtest/gtest.h>

#include <linux/input-event-codes.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace compositord;

namespace {

const V1 kJson(V1::Format::json);

std::string inputOf(std::string_view events) {
    return R"({"type":"Input","id":1,"events":[)" + std::string(events) + "]}";
}

std::vector<InputEvent> events(std::string_view text) {
    const auto message = kJson.decode(inputOf(text));
    if (!message) {
        ADD_FAILURE() << text << ": " << message.error().problem.message;
        return {};
    }
    return std::get<Input>(std::get<Request>(*message).command).events;
}

template <class Wanted> Wanted event(std::string_view text) {
    return std::get<Wanted>(events(text).at(0));
}

} // namespace

TEST(V1Input, ReadsThePointer) {
    EXPECT_EQ(event<PointerMotion>(R"({"kind":"motion","x":-1.5,"y":2e11})").position,
              (WorldPoint{-1.5, 2e11}));
    const std::vector<std::uint32_t> buttons{BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE, BTN_EXTRA};
    for (std::size_t i = 0; i < buttons.size(); ++i) {
        const auto button =
            event<PointerButton>(R"({"kind":"button","pressed":true,"button":)" + std::to_string(i) + "}");
        EXPECT_EQ(button.button, buttons[i]);
        EXPECT_TRUE(button.pressed);
    }
    EXPECT_FALSE(event<PointerButton>(R"({"kind":"button","pressed":false,"button":0})").pressed);
}

TEST(V1Input, ReadsTheWheelInPixelsAndInClicks) {
    const auto smooth = event<PointerScroll>(R"({"kind":"wheel","deltaX":-2.5,"deltaY":3})");
    EXPECT_EQ(smooth.x, -2.5);
    EXPECT_EQ(smooth.y, 3);
    EXPECT_EQ(smooth.x120, 0);
    EXPECT_EQ(smooth.y120, 0);
    const auto clicks = event<PointerScroll>(R"({"kind":"wheel","clicksX":1,"clicksY":-0.5})");
    EXPECT_EQ(clicks.x120, 120);
    EXPECT_EQ(clicks.y120, -60);
    EXPECT_EQ(clicks.x, 15);
    EXPECT_EQ(clicks.y, -7.5);
    const auto both = event<PointerScroll>(R"({"kind":"wheel","deltaY":53,"clicksY":1})");
    EXPECT_EQ(both.y, 53);
    EXPECT_EQ(both.y120, 120);
    EXPECT_EQ(both.x, 0);
}

TEST(V1Input, ReadsKeysAndText) {
    const auto key = event<KeyChange>(R"({"kind":"key","code":"ShiftLeft","pressed":true})");
    EXPECT_EQ(key.key, static_cast<std::uint32_t>(KEY_LEFTSHIFT));
    EXPECT_TRUE(key.pressed);
    EXPECT_FALSE(event<KeyChange>(R"({"kind":"key","code":"KeyA","pressed":false})").pressed);
    EXPECT_EQ(event<TypedText>("{\"kind\":\"text\",\"text\":\"\xc3\xa9\"}").text, "\xc3\xa9");
    const std::string longest(kMostTypedBytes, 'x');
    EXPECT_EQ(event<TypedText>(R"({"kind":"text","text":")" + longest + "\"}").text, longest);
}

TEST(V1Input, ReadsTouch) {
    const auto down = event<TouchDown>(R"({"kind":"touch","phase":"down","id":-2147483648,"x":1,"y":2})");
    EXPECT_EQ(down.point, INT32_MIN);
    EXPECT_EQ(down.position, (WorldPoint{1, 2}));
    const auto motion = event<TouchMotion>(R"({"kind":"touch","phase":"motion","id":5,"x":3,"y":4})");
    EXPECT_EQ(motion.point, 5);
    EXPECT_EQ(motion.position, (WorldPoint{3, 4}));
    EXPECT_EQ(event<TouchUp>(R"({"kind":"touch","phase":"up","id":5})").point, 5);
    event<TouchCancel>(R"({"kind":"touch","phase":"cancel"})");
}

TEST(V1Input, KeepsTheOrderOfEvents) {
    const auto list = events(R"({"kind":"motion","x":0,"y":0},{"kind":"button","button":0,"pressed":true},)"
                             R"({"kind":"button","button":0,"pressed":false})");
    ASSERT_EQ(list.size(), 3U);
    EXPECT_TRUE(std::holds_alternative<PointerMotion>(list[0]));
    EXPECT_TRUE(std::get<PointerButton>(list[1]).pressed);
    EXPECT_FALSE(std::get<PointerButton>(list[2]).pressed);
    EXPECT_TRUE(events("").empty());
}

TEST(V1Input, NamesTheMemberThatIsWrong) {
    const std::string half =
        R"({"kind":"text","text":")" + std::string((kMostTypedBytes / 2) + 1, 'x') + "\"}";
    std::string many = "{}";
    for (std::size_t i = 0; i < kMostInputEvents; ++i) {
        many += ",{}";
    }
    const std::vector<std::pair<std::string, std::string>> cases{
        {inputOf("1"), "events"},
        {inputOf(many), "events"},
        {R"({"type":"Input"})", "events"},
        {R"({"type":"Input","events":{}})", "events"},
        {inputOf("{}"), "events[0].kind"},
        {inputOf(R"({"kind":"zap"})"), "events[0].kind"},
        {inputOf(R"({"kind":"motion","x":1})"), "events[0].y"},
        {inputOf(R"({"kind":"motion","x":0,"y":0},{"kind":"motion","x":3e11,"y":0})"), "events[1].x"},
        {inputOf(R"({"kind":"button","button":5,"pressed":true})"), "events[0].button"},
        {inputOf(R"({"kind":"button","button":-1,"pressed":true})"), "events[0].button"},
        {inputOf(R"({"kind":"button","button":0})"), "events[0].pressed"},
        {inputOf(R"({"kind":"wheel"})"), "events[0].deltaY"},
        {inputOf(R"({"kind":"wheel","deltaX":10001})"), "events[0].deltaX"},
        {inputOf(R"({"kind":"wheel","clicksY":-101})"), "events[0].clicksY"},
        {inputOf(R"({"kind":"key","code":"a","pressed":true})"), "events[0].code"},
        {inputOf(R"({"kind":"key","pressed":true})"), "events[0].code"},
        {inputOf(R"({"kind":"key","code":"KeyA","pressed":1})"), "events[0].pressed"},
        {inputOf(R"({"kind":"text","text":""})"), "events[0].text"},
        {inputOf(half + "," + half), "events[1].text"},
        {inputOf(R"({"kind":"touch","phase":"down","id":1,"x":1})"), "events[0].y"},
        {inputOf(R"({"kind":"touch","phase":"up"})"), "events[0].id"},
        {inputOf(R"({"kind":"touch","phase":"up","id":2147483648})"), "events[0].id"},
        {inputOf(R"({"kind":"touch","phase":"over","id":1})"), "events[0].phase"},
    };
    for (const auto& [text, member] : cases) {
        const auto message = kJson.decode(text);
        ASSERT_FALSE(message) << text;
        EXPECT_EQ(message.error().problem.code, "invalid_member") << text;
        EXPECT_EQ(message.error().problem.member, member) << message.error().problem.message;
    }
}

TEST(V1Input, DoesNotLetClientsReleaseWhatOthersHold) {
    EXPECT_EQ(kJson.decode(R"({"type":"ReleaseInput"})").error().problem.code, "unknown_type");
}
