// How much is logged, shown and changed over the control socket.
#pragma once

#include "base/log_output.hpp"
#include "web/routes.hpp"

namespace compositord {

/// The output outlives the routes.
void addLogRoutes(Routes& routes, LogOutput& output);

} // namespace compositord
