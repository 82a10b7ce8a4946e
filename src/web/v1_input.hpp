// The Input message of compositord.v1: what people do in a page, as events for a compositor.
#pragma once

#include "base/json_reader.hpp"
#include "world/input.hpp"

namespace compositord {

/// Reads the members of an Input message; `in` tells what is wrong with them.
Input readInput(JsonObjectReader& in);

} // namespace compositord
