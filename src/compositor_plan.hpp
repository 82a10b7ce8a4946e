// How each compositor of the settings is reached from here.
#pragma once

#include "environment.hpp"
#include "known_compositors.hpp"
#include "options.hpp"
#include "realms.hpp"

#include <vector>

namespace compositord {

/// `known` tells whose socket it is where the settings do not. At least one. The one that spawned this
/// process is among them, and the first.
Result<std::vector<Realms::Plan>> planRealms(const Options& options, Environment& environment,
                                             const std::vector<KnownCompositor>& known);

} // namespace compositord
