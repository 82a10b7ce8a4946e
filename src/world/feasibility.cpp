#include "world/feasibility.hpp"

#include <fmt/format.h>

namespace compositord {

namespace {

struct Need {
    Capability capability;
    std::string_view deed; // for "it cannot ..."
};

// NOLINTBEGIN(readability-named-parameter): the type is all that matters
std::optional<Need> needOf(const SetCamera&) {
    return Need{Capability::camera, "be told to move cameras"};
}

std::optional<Need> needOf(const CancelCamera&) {
    return Need{Capability::camera, "be told to move cameras"};
}

std::optional<Need> needOf(const CenterWindow&) {
    return Need{Capability::camera, "be told to move cameras"};
}

std::optional<Need> needOf(const FocusWindow&) {
    return Need{Capability::focus, "be told to focus a window"};
}

std::optional<Need> needOf(const CloseWindow&) {
    return Need{Capability::close, "be told to close a window"};
}

std::optional<Need> needOf(const MoveWindow&) {
    return Need{Capability::move, "be told to move a window"};
}

std::optional<Need> needOf(const ResizeWindow&) {
    return Need{Capability::resize, "be told to resize a window"};
}

std::optional<Need> needOf(const RaiseWindow&) {
    return Need{Capability::stack, "be told to raise or lower a window"};
}

std::optional<Need> needOf(const LowerWindow&) {
    return Need{Capability::stack, "be told to raise or lower a window"};
}

std::optional<Need> needOf(const MinimizeWindow&) {
    return Need{Capability::minimize, "be told to minimize a window"};
}

std::optional<Need> needOf(const MaximizeWindow&) {
    return Need{Capability::maximize, "be told to maximize a window"};
}

std::optional<Need> needOf(const FullscreenWindow&) {
    return Need{Capability::fullscreen, "be told to make a window fullscreen"};
}

std::optional<Need> needOf(const Input&) {
    return Need{Capability::input, "be sent input"};
}

// What was pressed must not stay so, and tiles are not the compositor's.

std::optional<Need> needOf(const ReleaseInput&) {
    return std::nullopt;
}

std::optional<Need> needOf(const PutTile&) {
    return std::nullopt;
}

std::optional<Need> needOf(const RemoveTile&) {
    return std::nullopt;
}

// NOLINTEND(readability-named-parameter)

} // namespace

std::optional<Refusal> refusalBy(const Compositor& compositor, const Command& command) {
    const auto need = std::visit([](const auto& content) { return needOf(content); }, command);
    if (!need) {
        return std::nullopt;
    }
    if (!compositor.connected) {
        return Refusal{RefusalCode::disconnected, "", "the compositor is not connected"};
    }
    if (compositor.capabilities.has(need->capability)) {
        return std::nullopt;
    }
    return Refusal{RefusalCode::unsupported, "",
                   fmt::format("the compositor {} (driver {}) cannot {}", compositor.name, compositor.driver,
                               need->deed)};
}

} // namespace compositord
