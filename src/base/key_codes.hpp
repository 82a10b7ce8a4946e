// The physical keys that browsers name, and what Linux calls them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace compositord {

struct KeyCode {
    std::string_view code; // KeyboardEvent.code
    std::uint32_t evdev;   // KEY_* of <linux/input-event-codes.h>
};

/// All keys, sorted by code.
std::span<const KeyCode> keyCodes();

/// The evdev code of a KeyboardEvent.code; nothing if there is no such key.
std::optional<std::uint32_t> evdevOfCode(std::string_view code);

} // namespace compositord
