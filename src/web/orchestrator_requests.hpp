// What orchestrator clients ask about sessions, in messages and over HTTP.
#pragma once

#include "base/json_reader.hpp"
#include "web/session_message.hpp"

namespace compositord {

// Each reads the members of a payload; problems stay with the reader.

/// {orchestratorId?, task, sessionType, memoryProfile?, parameters?}
SpawnSession readOrchestratorSpawn(JsonObjectReader& payload);

/// {task, context?}; a task is a text, or an object with a description.
SessionTask readOrchestratorTask(JsonObjectReader& payload);

} // namespace compositord
