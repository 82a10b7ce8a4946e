// A compositor as compositord.v1 writes it, by itself.
#pragma once

#include "world/types.hpp"

#include <string>

namespace compositord {

/// A JSON object.
std::string compositorText(const Compositor& compositor);

} // namespace compositord
