// Sessions over HTTP: as /api/v1/sessions, and as the two families of orchestrator clients ask for them.
#pragma once

#include "web/routes.hpp"
#include "web/session_desk.hpp"

namespace compositord {

/// The desk outlives the routes. Nothing is added if there are no sessions.
void addSessionRoutes(Routes& routes, const SessionDesk& desk);

} // namespace compositord
