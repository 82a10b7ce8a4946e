// What a Wayland compositor offers, asked once at the start, before there is a loop to wait in.
#pragma once

#include "base/error.hpp"

#include <set>
#include <string>

namespace compositord {

/// The names of its interfaces; waits no longer than a second for them.
Result<std::set<std::string>> listGlobals(const std::string& display);

} // namespace compositord
