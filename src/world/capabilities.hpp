// What a compositor, or the way in which it is spoken to, is capable of.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace compositord {

enum class Capability : std::uint8_t {
    camera,  // move cameras, as far as they can be moved
    windows, // at least one of those from focus on
    tiles,
    input,
    geometry, // positions and sizes of windows are the compositor's, not a layout made for lack of them
    focus,
    close,
    move,
    resize,
    stack, // raise and lower
    minimize,
    maximize,
    fullscreen,
};

/// A set of them.
class Capabilities {
public:
    /// In the order of the enumeration.
    static constexpr std::array<std::string_view, 13> kNames{
        "camera", "windows", "tiles", "input",    "geometry", "focus",     "close",
        "move",   "resize",  "stack", "minimize", "maximize", "fullscreen"};

    constexpr Capabilities() = default;

    constexpr Capabilities(std::initializer_list<Capability> capabilities) {
        for (const Capability capability : capabilities) {
            set(capability, true);
        }
    }

    constexpr bool has(Capability capability) const { return (bits_ & bit(capability)) != 0; }

    constexpr void set(Capability capability, bool on) {
        bits_ = on ? bits_ | bit(capability) : bits_ & ~bit(capability);
    }

    constexpr Capabilities operator|(Capabilities other) const {
        Capabilities both = *this;
        both.bits_ |= other.bits_;
        return both;
    }

    constexpr bool operator==(const Capabilities&) const = default;

private:
    static constexpr std::uint32_t bit(Capability capability) { return 1U << std::to_underlying(capability); }

    std::uint32_t bits_ = 0;
};

/// All that can be done with windows.
constexpr Capabilities kAllOfWindows{Capability::windows,  Capability::focus,    Capability::close,
                                     Capability::move,     Capability::resize,   Capability::stack,
                                     Capability::minimize, Capability::maximize, Capability::fullscreen};

} // namespace compositord
