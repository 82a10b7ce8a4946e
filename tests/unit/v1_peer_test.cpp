// What one compositord says, another one understands: the encoder of the web against the reader of the
// mirror.

#include "base/json_reader.hpp"
#include "base/key_codes.hpp"
#include "compositor/v1_peer.hpp"
#include "compositor/web_socket.hpp"
#include "web/v1.hpp"
#include "world/combined_world.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace compositord;

namespace {

// Of RFC 6455 section 1.3.
constexpr const char* kKey = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr const char* kHead =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept:  s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \r\n\r\n";

Camera someCamera() {
    Camera camera;
    camera.name = "DP-1";
    camera.live = {{1.5, -2.25}, 0.5};
    camera.target = {{300, 4}, 2};
    camera.viewportWidth = 1920;
    camera.viewportHeight = 1080;
    camera.minZoom = 0.05;
    camera.maxZoom = 8;
    camera.locked = true;
    return camera;
}

Window someWindow(std::uint32_t id) {
    Window window;
    window.id = WindowId{id};
    window.identifier = "ext";
    window.appId = "foot";
    window.title = "\u00e4 \"title\"";
    window.pid = 4711;
    window.position = {-200.5, 7};
    window.width = 400;
    window.height = 240;
    window.stacking = -3;
    window.states = {.activated = true, .urgent = true};
    return window;
}

class Peers : public testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(reader.feed(kHead)); }

    void say(const SharedFrame& frame) {
        const std::string bytes(reinterpret_cast<const char*>(frame->bytes().data()), frame->bytes().size());
        for (const char byte : bytes) { // cut everywhere
            ASSERT_TRUE(reader.feed({&byte, 1}));
        }
    }

    /// The other one commits this, and says so.
    void commit(Changes changes) {
        const auto set = world.apply(std::move(changes));
        ASSERT_TRUE(set);
        say(dialect.update(world, *set));
    }

    /// What both know, but for what is called otherwise here.
    void expectSame() const {
        EXPECT_EQ(copy.cameras(), world.cameras());
        EXPECT_EQ(copy.windows(), world.windows());
    }

    V1 dialect{V1::Format::json};
    World world{
        Compositor{.name = "there",
                   .driver = "sway",
                   .connected = true,
                   .gridSize = 50,
                   .capabilities = kAllOfWindows | Capabilities{Capability::camera, Capability::input}}};
    V1Peer peer{{.name = "here", .driver = "compositord", .origin = "me", .own = {"mine"}}};
    World copy{Compositor{}};
    std::vector<std::string> problems;
    WebSocketReader reader{kKey,
                           {.onOpen = [] {},
                            .onMessage =
                                [this](std::string_view text) {
                                    const auto changes = peer.read(text);
                                    if (!changes) {
                                        problems.push_back(changes.error().what);
                                    } else if (*changes) {
                                        copy.apply(**changes);
                                    }
                                },
                            .onReply = [](const std::string&) {}}};
};

} // namespace

TEST_F(Peers, UnderstandEachOther) {
    Window onScreen = someWindow(2);
    onScreen.space = Space::screen;
    onScreen.screen = ScreenPlace{.camera = "DP-1", .position = {3, 4}};
    onScreen.parent = WindowId{1};
    world.apply({.cameras = {someCamera()}, .windows = {someWindow(1), onScreen}});
    say(dialect.hello(world, {"i", Grants{Grant::view, Grant::windows}}));
    say(dialect.snapshot(world, {}));
    expectSame();
    EXPECT_EQ(copy.compositor().name, "here");
    EXPECT_EQ(copy.compositor().gridSize, 50U);
    EXPECT_TRUE(copy.compositor().connected);
    EXPECT_TRUE(copy.compositor().capabilities.has(Capability::move));
    EXPECT_FALSE(copy.compositor().capabilities.has(Capability::camera)) << "this was not granted";
    EXPECT_FALSE(copy.compositor().capabilities.has(Capability::input)) << "neither was this";

    Camera moved = someCamera();
    moved.live.center.x = 77;
    commit({.cameras = {moved}, .windows = {someWindow(3)}, .removedWindows = {WindowId{1}}});
    expectSame();
    commit({.removedCameras = {"DP-1"}});
    expectSame();
    EXPECT_EQ(problems, std::vector<std::string>());
}

TEST_F(Peers, BeginAnewWithASnapshot) {
    world.apply({.cameras = {someCamera()}, .windows = {someWindow(1)}});
    say(dialect.snapshot(world, {}));
    world.apply({.removedCameras = {"DP-1"}, .windows = {someWindow(5)}, .removedWindows = {WindowId{1}}});
    say(dialect.snapshot(world, {}));
    expectSame();
}

TEST_F(Peers, SayWhenACompositorIsGone) {
    world.apply({.cameras = {someCamera()}, .windows = {someWindow(1)}});
    say(dialect.snapshot(world, {}));
    Compositor gone = world.compositor();
    gone.connected = false;
    gone.reason = "it crashed";
    commit({.compositor = gone, .removedCameras = {"DP-1"}, .removedWindows = {WindowId{1}}});
    expectSame();
    EXPECT_EQ(copy.compositor().reason, "it crashed");
    say(dialect.snapshot(world, {}));
    EXPECT_TRUE(copy.cameras().empty());
    copy.apply(peer.farewell("the network is gone"));
    EXPECT_EQ(copy.compositor().reason, "the network is gone");
}

TEST_F(Peers, DoNotMirrorWhatThisProcessShows) {
    say(dialect.hello(world, {"somebody's", {}}));
    EXPECT_EQ(problems, std::vector<std::string>());
    say(dialect.hello(world, {"mine", {}}));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("compositord itself"), std::string::npos);
}

TEST_F(Peers, DoNotMirrorAMirror) {
    Compositor mirror = world.compositor();
    mirror.driver = "compositord";
    world.apply({.compositor = mirror, .cameras = {someCamera()}});
    say(dialect.snapshot(world, {}));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("a mirror itself"), std::string::npos);
    EXPECT_TRUE(copy.cameras().empty());
}

TEST_F(Peers, MirrorOfSeveralThoseThatAreNoMirrors) {
    const Compositor own{.name = "own", .driver = "sway", .connected = true, .capabilities = kAllOfWindows};
    const Compositor mirror{.name = "mirror",
                            .driver = "compositord",
                            .connected = true,
                            .capabilities = Capabilities{Capability::camera}};
    CombinedWorld whole{{{own, {}}, {mirror, {}}}};
    say(dialect.hello(whole.world(), {"i", Grants{Grant::view, Grant::camera, Grant::windows}}));
    const auto subscription = peer.subscription();
    ASSERT_TRUE(subscription);
    EXPECT_NE(subscription->find(R"("compositors":["own"])"), std::string::npos) << *subscription;
    EXPECT_TRUE(V1(V1::Format::json).decode(*subscription));

    whole.apply(0, {.cameras = {someCamera()}, .windows = {someWindow(1)}});
    whole.apply(1, {.cameras = {someCamera()}, .windows = {someWindow(1)}});
    say(dialect.snapshot(whole.world(), {})); // before it knows what this one wants
    EXPECT_EQ(problems, std::vector<std::string>());
    ASSERT_EQ(copy.cameras().size(), 1U);
    EXPECT_TRUE(copy.cameras().contains("own/DP-1"));
    EXPECT_EQ(copy.windows().size(), 1U);
    EXPECT_TRUE(copy.compositor().connected);
    EXPECT_FALSE(copy.compositor().capabilities.has(Capability::camera)) << "only the mirror has it";

    // The mirror is there still, which is nothing to be connected with.
    Compositor gone = own;
    gone.connected = false;
    whole.apply(0, {.compositor = gone, .removedCameras = {"DP-1"}, .removedWindows = {WindowId{1}}});
    say(dialect.snapshot(whole.world(), {}));
    EXPECT_FALSE(copy.compositor().connected);
    EXPECT_EQ(copy.compositor().reason, "none of its own compositors is connected");
    EXPECT_TRUE(copy.cameras().empty());
    EXPECT_FALSE(peer.subscription()) << "the connection is as it was, and a snapshot would be the answer";

    const CombinedWorld mirrors{{{mirror, {}}, {mirror, {}}}};
    say(dialect.snapshot(mirrors.world(), {}));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].find("a mirror itself"), std::string::npos);
}

TEST_F(Peers, KnowTheirOwnRequests) {
    const V1 server(V1::Format::json);
    const RequestTag tag{.origin = "page", .id = 7, .client = ClientNumber{3}};
    const auto asked = peer.write({SetCamera{.camera = "DP-1", .x = 1, .y = {}, .zoom = 2}, tag});
    ASSERT_TRUE(asked);
    const auto read = server.decode(*asked);
    ASSERT_TRUE(read);
    const auto& request = std::get<Request>(*read);
    EXPECT_EQ(std::get<SetCamera>(request.command).zoom, 2);
    Camera camera = someCamera();
    camera.cause = Cause{1, request.tag};
    world.apply({.cameras = {camera}});
    say(dialect.snapshot(world, {}));
    EXPECT_EQ(copy.cameras().at("DP-1").cause->tag, tag);
    camera.cause->tag.origin = "somebody";
    commit({.cameras = {camera}});
    EXPECT_EQ(copy.cameras().at("DP-1").cause->tag.origin, "somebody");
}

TEST_F(Peers, AreAskedForAllThatTheyCanBe) {
    const V1 server(V1::Format::json);
    const WindowId window{3};
    for (const Command& command :
         std::vector<Command>{CancelCamera{}, FocusWindow{window}, CloseWindow{window},
                              MoveWindow{window, {1, 2}}, ResizeWindow{window, 10, 20}, RaiseWindow{window},
                              LowerWindow{window}, MinimizeWindow{window, true},
                              MaximizeWindow{window, false}, FullscreenWindow{window, true, "DP-1"},
                              CenterWindow{window, {}, std::chrono::milliseconds(5)}}) {
        const auto text = peer.write({command, {}});
        ASSERT_TRUE(text);
        const auto read = server.decode(*text);
        ASSERT_TRUE(read) << *text << ": " << read.error().problem.message;
        EXPECT_EQ(std::get<Request>(*read).command.index(), command.index()) << *text;
    }
    EXPECT_FALSE(peer.write({PutTile{{0, 0}, "x"}, {}}));
    const auto subscription = peer.subscription();
    ASSERT_TRUE(subscription);
    EXPECT_TRUE(server.decode(*subscription));
    EXPECT_FALSE(peer.subscription()) << "it was said";
}

TEST_F(Peers, AreSentInputThatTheyUnderstand) {
    say(dialect.hello(world, {"i", Grants{Grant::view, Grant::input}}));
    say(dialect.snapshot(world, {}));
    EXPECT_TRUE(copy.compositor().capabilities.has(Capability::input));
    const V1 server(V1::Format::json);
    const auto sent = [&](ClientNumber who, std::vector<InputEvent> events) {
        const Input input{std::move(events)};
        std::vector<InputEvent> all;
        for (const std::string& text : peer.writeInput(who, input.events.empty() ? nullptr : &input)) {
            const auto read = server.decode(text);
            EXPECT_TRUE(read) << text;
            const auto& got = std::get<Input>(std::get<Request>(read.value()).command).events;
            all.insert(all.end(), got.begin(), got.end());
        }
        return all;
    };
    constexpr ClientNumber one{1};
    constexpr ClientNumber other{2};
    auto events = sent(one, {PointerMotion{{1.5, -2}}, PointerButton{273, true}, PointerScroll{3, 4, 0, -60},
                             KeyChange{30, true}, TypedText{"\u00e4"}, TouchDown{7, {1, 2}}});
    ASSERT_EQ(events.size(), 6U);
    EXPECT_EQ(std::get<PointerMotion>(events[0]).position, (WorldPoint{1.5, -2}));
    EXPECT_EQ(std::get<PointerButton>(events[1]).button, 273U);
    EXPECT_EQ(std::get<PointerScroll>(events[2]).y, 4);
    EXPECT_EQ(std::get<PointerScroll>(events[2]).y120, -60);
    EXPECT_EQ(std::get<KeyChange>(events[3]).key, 30U);
    EXPECT_EQ(std::get<TypedText>(events[4]).text, "\u00e4");
    const std::int32_t point = std::get<TouchDown>(events[5]).point;

    // What another one holds as well is not let go.
    EXPECT_TRUE(sent(other, {KeyChange{30, true}}).empty());
    events = sent(other, {TouchDown{7, {3, 4}}});
    ASSERT_EQ(events.size(), 1U);
    EXPECT_NE(std::get<TouchDown>(events[0]).point, point);
    events = sent(one, {});
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(std::get<PointerButton>(events[0]).pressed, false);
    EXPECT_EQ(std::get<TouchUp>(events[1]).point, point);
    events = sent(other, {});
    ASSERT_EQ(events.size(), 2U);
    EXPECT_FALSE(std::get<KeyChange>(events[0]).pressed);
    EXPECT_TRUE(sent(other, {}).empty());

    // As many as there are keys.
    std::vector<InputEvent> all;
    for (const KeyCode& key : keyCodes()) {
        all.emplace_back(KeyChange{key.evdev, true});
    }
    const std::size_t pressed = sent(one, std::move(all)).size();
    EXPECT_GT(pressed, kMostInputEvents);
    EXPECT_EQ(sent(one, {}).size(), pressed);
    EXPECT_FALSE(sent(one, {KeyChange{30, true}}).empty());
    copy.apply(peer.farewell("the network is gone"));
    EXPECT_TRUE(sent(one, {}).empty()) << "it is released with the connection";
}

TEST(WebSocketReaders, RefuseWhatIsNoWebSocket) {
    const auto why = [](const std::string& bytes) {
        WebSocketReader reader(
            kKey,
            {.onOpen = [] {}, .onMessage = [](std::string_view) {}, .onReply = [](const std::string&) {}});
        const auto read = reader.feed(bytes);
        return read ? "" : read.error();
    };
    EXPECT_NE(why("HTTP/1.1 401 Unauthorized\r\n\r\n").find("token-file"), std::string::npos);
    EXPECT_NE(why("HTTP/1.1 404 Not Found\r\n\r\n").find("no such compositor"), std::string::npos);
    EXPECT_NE(why("HTTP/1.1 101 OK\r\nSec-WebSocket-Accept: x\r\n\r\n"), "");
    EXPECT_NE(why("SSH-2.0\r\n\r\n"), "");
    EXPECT_NE(why(std::string(100000, 'x')), "");
    const std::string head = kHead;
    EXPECT_EQ(why(head + std::string("\x89\x00", 2)), "");
    EXPECT_NE(why(head + "\x81\x81zzzzz"), "") << "masked";
    EXPECT_NE(why(head + std::string("\x80\x01x", 3)), "") << "a continuation of nothing";
    EXPECT_NE(why(head + "\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), "") << "too long";
    EXPECT_NE(why(head + "\x88\x05\x03\xe8"
                         "bye")
                  .find("bye"),
              std::string::npos);
}
