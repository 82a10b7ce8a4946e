// Stays with a session until it has ended.
#pragma once

#include "cli/session_client.hpp"

#include <string>

namespace compositord::cli {

/// What Ctrl-C does: ends the session and waits for that, or only this program.
enum class OnInterrupt { cancelSession, leave };

/// The status says how the session ended.
Outcome<Exit> follow(SessionClient& sessions, const std::string& session, OnInterrupt onInterrupt, bool json);

/// Begins a session and follows it; with the option detach only prints its id.
Outcome<Exit> spawnAndFollow(const Call& call, const SessionClient::Spawn& wanted);

} // namespace compositord::cli
