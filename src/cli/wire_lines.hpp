// Wayland messages as WAYLAND_DEBUG shows them, so that tools for that can read them.
#pragma once

#include "cli/json.hpp"

#include <string>

namespace compositord::cli {

/// `texts`: as they are; else only how long they are, as titles of windows are among them.
std::string wireLine(const json_t* message, bool texts = true);

} // namespace compositord::cli
