// The wire of i3's IPC: frames cut anywhere, and trees as sway writes them or as nobody should.

#include "compositor/i3_ipc.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

using namespace compositord;

namespace {

std::string node(std::string_view type, std::string_view name, std::string_view children,
                 std::string_view more = "") {
    return fmt::format(R"({{"id":1,"type":"{}","name":"{}","rect":{{"x":0,"y":0,"width":800,"height":600}},)"
                       R"("nodes":[{}],"floating_nodes":[]{}}})",
                       type, name, children, more);
}

std::string view(int id, std::string_view more = "") {
    return fmt::format(R"({{"id":{},"type":"con","name":"title","pid":7,"app_id":"foot",)"
                       R"("rect":{{"x":1,"y":2,"width":3,"height":-4}},)"
                       R"("deco_rect":{{"x":0,"y":0,"width":3,"height":25}}{}}})",
                       id, more);
}

std::string tree(std::string_view windows, std::string_view layout = "splith") {
    return node(
        "root", "root",
        node("output", "DP-1",
             node("workspace", "2", windows, fmt::format(R"(,"num":2,"layout":"{}","focus":[6])", layout)),
             R"(,"scale":2.0,"current_workspace":"2")"));
}

} // namespace

TEST(I3Ipc, MessagesAreWholeWhereverTheyAreCut) {
    const std::string bytes = encodeI3(I3Type::getTree, "{}") + encodeI3(I3Type::runCommand, "");
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        I3Frames frames;
        std::vector<I3Message> messages;
        for (const auto& part : {bytes.substr(0, cut), bytes.substr(cut)}) {
            frames.feed(part);
            for (auto next = frames.next(); next && *next; next = frames.next()) {
                messages.push_back(**next);
            }
        }
        ASSERT_EQ(messages.size(), 2U) << cut;
        EXPECT_TRUE(messages[0].is(I3Type::getTree));
        EXPECT_EQ(messages[0].payload, "{}");
        EXPECT_TRUE(messages[1].is(I3Type::runCommand));
    }
}

TEST(I3Ipc, WhatIsNoFrameIsAnErrorAtOnce) {
    I3Frames other;
    other.feed("HTTP");
    EXPECT_FALSE(other.next());
    I3Frames large;
    large.feed(std::string("i3-ipc\xff\xff\xff\xff\x04\0\0\0", 14));
    EXPECT_FALSE(large.next());
}

TEST(I3Ipc, AWindowIsReadWithItsPlace) {
    const auto read = parseSwayTree(tree(view(5, R"(,"focused":true,"fullscreen_mode":1)") + "," + view(6)));
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->size(), 1U);
    const SwayOutput& output = read->front();
    EXPECT_EQ(output.scale, 2);
    EXPECT_EQ(output.shown, "2");
    ASSERT_EQ(output.workspaces.size(), 1U);
    EXPECT_EQ(output.workspaces[0].number, 2);
    ASSERT_EQ(output.workspaces[0].windows.size(), 2U);
    const SwayWindow& window = output.workspaces[0].windows[0];
    EXPECT_EQ(window.id, WindowId{5});
    EXPECT_EQ(window.title, "title");
    EXPECT_EQ(window.rect, (SwayRect{1, 2, 3, 0})) << "no less than nothing";
    EXPECT_EQ(window.titleBar, 25);
    EXPECT_TRUE(window.focused && window.fullscreen);
    EXPECT_FALSE(window.covered);
}

TEST(I3Ipc, OfTabsOnlyTheOneInFrontIsNotCovered) {
    const auto read = parseSwayTree(tree(view(5) + "," + view(6), "tabbed"));
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->front().workspaces[0].windows[0].covered);
    EXPECT_FALSE(read->front().workspaces[0].windows[1].covered);
}

TEST(I3Ipc, ATitleThatIsNotUtf8DoesNotHideTheOthers) {
    std::string text = tree(view(5));
    text.replace(text.find("title"), 1, "\xff");
    const auto read = parseSwayTree(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->front().workspaces[0].windows[0].title, "\xEF\xBF\xBDitle");
}

TEST(I3Ipc, WhatIsMissingOrWrongIsNamed) {
    for (const auto& [text, member] : {
             std::pair{std::string("[]"), ""},
             std::pair{std::string(R"({"nodes":3})"), "nodes"},
             std::pair{tree(view(0)), "nodes.nodes.nodes.id"},
             std::pair{tree(R"({"id":5,"pid":1})"), "nodes.nodes.nodes.rect"},
         }) {
        const auto read = parseSwayTree(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().member, member) << text;
    }
}

TEST(I3Ipc, ContainersNestOnlySoDeep) {
    std::string deep = view(5);
    for (int i = 0; i < 200; ++i) {
        deep = node("con", "", deep);
    }
    EXPECT_FALSE(parseSwayTree(tree(deep)));
}

TEST(I3Ipc, ARefusalIsFoundAmongResults) {
    EXPECT_FALSE(parseSwayRefusal(R"([{"success":true},{"success":true}])"));
    EXPECT_EQ(parseSwayRefusal(R"([{"success":true},{"success":false,"error":"no"}])"), "no");
    EXPECT_FALSE(parseSwayRefusal("nothing"));
}
