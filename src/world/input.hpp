// Input that is to be imitated in a compositor, whoever sends it. Keys and buttons are evdev codes.
#pragma once

#include "world/types.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace compositord {

struct PointerMotion {
    WorldPoint position;
};

struct PointerButton {
    std::uint32_t button; // such as BTN_LEFT
    bool pressed;
};

/// Positive is to the right and downward.
struct PointerScroll {
    double x = 0; // distance in the units of the window
    double y = 0;
    std::int32_t x120 = 0; // clicks of a wheel in 120ths; 0 if the source has no clicks
    std::int32_t y120 = 0;
};

struct KeyChange {
    std::uint32_t key; // such as KEY_A
    bool pressed;
};

struct TypedText {
    std::string text; // UTF-8 without NUL
};

struct TouchDown {
    std::int32_t point; // chosen by the sender, unique among its points that are down
    WorldPoint position;
};

struct TouchMotion {
    std::int32_t point;
    WorldPoint position;
};

struct TouchUp {
    std::int32_t point;
};

/// All touch points of the sender are void.
struct TouchCancel {};

using InputEvent = std::variant<PointerMotion, PointerButton, PointerScroll, KeyChange, TypedText, TouchDown,
                                TouchMotion, TouchUp, TouchCancel>;

// What one command may hold: a hand makes few events at a time, and what is typed reaches a window as keys,
// of which it can be sent only so many at once.
constexpr std::size_t kMostInputEvents = 64;
constexpr std::size_t kMostTypedBytes = 4096; // of all texts together

/// Events that happen at the same time. What a sender presses stays pressed until it releases it or is gone.
struct Input {
    std::vector<InputEvent> events;
};

/// The sender is gone, and all that it pressed is to be released.
struct ReleaseInput {};

} // namespace compositord
