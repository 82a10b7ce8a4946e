// Waits for news and for Ctrl-C at the same time.
#pragma once

#include "base/handle.hpp"
#include "cli/command.hpp"

#include <chrono>
#include <optional>

namespace compositord::cli {

/// Ctrl-C, and what ends a program otherwise, as a descriptor that can be read; with `resizes` also that the
/// terminal has another size.
Outcome<UniqueFd> takeInterrupts(bool resizes = false);

struct Ready {
    bool readable = false;
    bool interrupted = false;
    bool resized = false;
};

/// Until one of both is ready; a descriptor below 0 is ready always. With a time, not longer than that.
Ready waitFor(int descriptor, int interrupts, std::optional<std::chrono::milliseconds> longest = {});

} // namespace compositord::cli
