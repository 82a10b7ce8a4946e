// What a compositor cannot do is refused by name, whoever its driver is.

#include "world/feasibility.hpp"

#include <gtest/gtest.h>

using namespace compositord;

namespace {

Compositor with(Capabilities capabilities) {
    return {.name = "wayland-1", .driver = "some", .connected = true, .capabilities = capabilities};
}

const WindowId kWindow{1};

} // namespace

TEST(Feasibility, EachCommandNeedsItsCapabilityAndNoOther) {
    const std::vector<std::pair<Capability, Command>> needs{
        {Capability::camera, SetCamera{}},
        {Capability::camera, CancelCamera{}},
        {Capability::camera, CenterWindow{.window = kWindow}},
        {Capability::focus, FocusWindow{kWindow}},
        {Capability::close, CloseWindow{kWindow}},
        {Capability::move, MoveWindow{kWindow, {}}},
        {Capability::resize, ResizeWindow{kWindow, 1, 1}},
        {Capability::stack, RaiseWindow{kWindow}},
        {Capability::stack, LowerWindow{kWindow}},
        {Capability::minimize, MinimizeWindow{kWindow, true}},
        {Capability::maximize, MaximizeWindow{kWindow, true}},
        {Capability::fullscreen, FullscreenWindow{kWindow, true, {}}},
        {Capability::input, Input{}},
    };
    for (const auto& [capability, command] : needs) {
        EXPECT_FALSE(refusalBy(with({capability}), command)) << command.index();
        Capabilities others = kAllOfWindows | Capabilities{Capability::camera, Capability::tiles,
                                                           Capability::input, Capability::geometry};
        others.set(capability, false);
        const auto refusal = refusalBy(with(others), command);
        ASSERT_TRUE(refusal) << command.index();
        EXPECT_EQ(refusal->code, RefusalCode::unsupported);
    }
}

TEST(Feasibility, TheRefusalNamesTheCompositorAndWhatItLacks) {
    const auto refusal = refusalBy(with({Capability::focus}), ResizeWindow{kWindow, 1, 1});
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->message, "the compositor wayland-1 (driver some) cannot be told to resize a window");
}

TEST(Feasibility, OfACompositorThatIsAwayNothingCanBeAskedButToRelease) {
    Compositor gone = with(kAllOfWindows);
    gone.connected = false;
    const auto refusal = refusalBy(gone, FocusWindow{kWindow});
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->code, RefusalCode::disconnected);
    EXPECT_FALSE(refusalBy(gone, ReleaseInput{}));
    EXPECT_FALSE(refusalBy(gone, PutTile{}));
}
