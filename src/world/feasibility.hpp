// Whether a compositor can be asked for something at all: one answer for all drivers and all clients.
#pragma once

#include "world/command.hpp"

#include <optional>

namespace compositord {

/// Why the compositor as it is now cannot be asked for this, naming what it lacks; nothing if it can. What it
/// refuses for other reasons, its driver says. To release input is always possible.
std::optional<Refusal> refusalBy(const Compositor& compositor, const Command& command);

} // namespace compositord
