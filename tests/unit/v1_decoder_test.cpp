#include "web/v1.hpp"

#include <gtest/gtest.h>

using namespace compositord;

namespace {

const V1 kJson(V1::Format::json);

template <class Wanted> Wanted command(std::string_view text) {
    const auto message = kJson.decode(text);
    EXPECT_TRUE(message) << text;
    return std::get<Wanted>(std::get<Request>(*message).command);
}

Rejected rejected(std::string_view text) {
    auto message = kJson.decode(text);
    EXPECT_FALSE(message) << text;
    return message ? Rejected{} : std::move(message.error());
}

} // namespace

TEST(V1Decoder, ReadsEveryRequest) {
    const auto camera = command<SetCamera>(
        R"({"type":"SetCamera","camera":"DP-1","x":-1.5,"y":2e11,"zoom":0.5,"duration":250,"new":[]})");
    EXPECT_EQ(camera.camera, "DP-1");
    EXPECT_EQ(camera.x, -1.5);
    EXPECT_EQ(camera.y, 2e11);
    EXPECT_EQ(camera.zoom, 0.5);
    EXPECT_EQ(camera.duration, std::chrono::milliseconds(250));
    EXPECT_EQ(command<SetCamera>(R"({"type":"SetCamera","zoom":1})").x, std::nullopt);

    EXPECT_EQ(command<CancelCamera>(R"({"type":"CancelCamera"})").camera, std::nullopt);
    EXPECT_EQ(command<FocusWindow>(R"({"type":"Focus","window":7})").window, WindowId{7});
    EXPECT_EQ(command<CloseWindow>(R"({"type":"Close","window":4294967295})").window, WindowId{4294967295});
    EXPECT_EQ(command<MoveWindow>(R"({"type":"Move","window":1,"x":1,"y":-2})").position,
              (WorldPoint{1, -2}));
    EXPECT_EQ(command<ResizeWindow>(R"({"type":"Resize","window":1,"width":300.5,"height":1})").width, 300.5);
    EXPECT_EQ(command<RaiseWindow>(R"({"type":"Raise","window":1})").window, WindowId{1});
    EXPECT_EQ(command<LowerWindow>(R"({"type":"Lower","window":1})").window, WindowId{1});
    EXPECT_TRUE(command<MinimizeWindow>(R"({"type":"Minimize","window":1,"minimized":true})").minimized);
    EXPECT_FALSE(command<MaximizeWindow>(R"({"type":"Maximize","window":1,"maximized":false})").maximized);
    EXPECT_EQ(command<FullscreenWindow>(R"({"type":"Fullscreen","window":1,"fullscreen":true,"camera":"A"})")
                  .camera,
              "A");
    EXPECT_EQ(command<CenterWindow>(R"({"type":"Center","window":1,"duration":0})").camera, std::nullopt);
}

TEST(V1Decoder, KeepsWhoAsked) {
    const auto message = kJson.decode(R"({"type":"SetCamera","x":0,"id":"a-1","origin":"page"})");
    ASSERT_TRUE(message);
    EXPECT_EQ(std::get<Request>(*message).tag, (RequestTag{"page", "a-1"}));
    const auto numbered = kJson.decode(R"({"type":"Ping","id":-5})");
    ASSERT_TRUE(numbered);
    EXPECT_EQ(std::get<Ping>(*numbered).id, RequestId(std::int64_t{-5}));
    const auto nameless = kJson.decode(R"({"type":"Ping"})");
    ASSERT_TRUE(nameless);
    EXPECT_EQ(std::get<Ping>(*nameless).id, RequestId());
}

TEST(V1Decoder, NamesTheMemberThatIsWrong) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"type":"SetCamera"})", "x"},
        {R"({"type":"SetCamera","x":"1"})", "x"},
        {R"({"type":"SetCamera","x":2.1e11})", "x"},
        {R"({"type":"SetCamera","zoom":0})", "zoom"},
        {R"({"type":"SetCamera","zoom":1,"duration":-1})", "duration"},
        {R"({"type":"SetCamera","zoom":1,"duration":60001})", "duration"},
        {R"({"type":"SetCamera","zoom":1,"duration":1.5})", "duration"},
        {R"({"type":"SetCamera","zoom":1,"camera":""})", "camera"},
        {R"({"type":"SetCamera","zoom":1,"origin":7})", "origin"},
        {R"({"type":"Focus"})", "window"},
        {R"({"type":"Focus","window":0})", "window"},
        {R"({"type":"Focus","window":4294967296})", "window"},
        {R"({"type":"Focus","window":1.0})", "window"},
        {R"({"type":"Move","window":1,"x":1})", "y"},
        {R"({"type":"Resize","window":1,"width":0,"height":1})", "width"},
        {R"({"type":"Minimize","window":1,"minimized":1})", "minimized"},
        {R"({"type":"Ping","id":[]})", "id"},
        {R"({"id":1})", "type"},
        {R"({"type":5})", "type"},
    };
    for (const auto& [text, member] : cases) {
        const auto problem = rejected(text).problem;
        EXPECT_EQ(problem.code, "invalid_member") << text;
        EXPECT_EQ(problem.member, member) << text;
        EXPECT_FALSE(problem.message.empty());
    }
}

TEST(V1Decoder, AnswersWithTheIdOfTheRequest) {
    EXPECT_EQ(rejected(R"({"type":"Focus","id":9})").id, RequestId(std::int64_t{9}));
    EXPECT_EQ(rejected(R"({"type":"Zap","id":"z"})").id, RequestId("z"));
    EXPECT_EQ(rejected(R"({"type":"Zap","id":"z"})").problem.code, "unknown_type");
}

TEST(V1Decoder, RefusesWhatIsNoJsonObject) {
    for (const std::string& text :
         {std::string(), std::string("{"), std::string("[]"), std::string("1"),
          std::string("{\"type\":\"Ping\"} x"), std::string("{\"type\":\"Ping\",\"type\":\"Ping\"}"),
          std::string("{\"type\":\"\xff\"}"), std::string("{\"type\":\"Ping\"\0}", 16),
          std::string(60000, '['), std::string(60000, '{')}) {
        EXPECT_EQ(rejected(text).problem.code, "malformed") << text.substr(0, 40);
    }
}

TEST(V1Decoder, ReadsSubscriptions) {
    const auto message = kJson.decode(
        R"({"type":"Subscribe","id":1,"kinds":["windows"],"cameras":["A"],"area":{"x":-1,"y":2,"width":3,"height":4},"maxRate":60})");
    ASSERT_TRUE(message);
    const auto& subscribe = std::get<Subscribe>(*message);
    EXPECT_FALSE(subscribe.view.cameras);
    EXPECT_TRUE(subscribe.view.windows);
    EXPECT_EQ(subscribe.view.cameraNames, std::vector<std::string>{"A"});
    EXPECT_EQ(subscribe.view.area, (WorldRect{{-1, 2}, 3, 4}));
    EXPECT_EQ(subscribe.interval, std::chrono::microseconds(16667));
    const auto all = kJson.decode(R"({"type":"Subscribe"})");
    ASSERT_TRUE(all);
    EXPECT_EQ(std::get<Subscribe>(*all).view, View{});

    const std::pair<const char*, const char*> wrong[] = {
        {R"({"type":"Subscribe","kinds":"windows"})", "kinds"},
        {R"({"type":"Subscribe","kinds":["tile"]})", "kinds"},
        {R"({"type":"Subscribe","cameras":[1]})", "cameras"},
        {R"({"type":"Subscribe","area":[]})", "area"},
        {R"({"type":"Subscribe","area":{"x":1,"y":2,"width":-1,"height":1}})", "area.width"},
        {R"({"type":"Subscribe","maxRate":0})", "maxRate"},
        {R"({"type":"Resume","revision":1})", "instance"},
        {R"({"type":"Resume","revision":-1,"instance":"a"})", "revision"},
    };
    for (const auto& [text, member] : wrong) {
        EXPECT_EQ(rejected(text).problem.member, member) << text;
    }
}
