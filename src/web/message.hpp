// What a client's message can ask for, in whatever dialect it came, and what can be wrong with it.
#pragma once

#include "web/codegen_message.hpp"
#include "web/grants.hpp"
#include "web/session_message.hpp"
#include "world/command.hpp"
#include "world/types.hpp"
#include "world/view.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace compositord {

struct Ping {
    RequestId id;
};

/// From now on only this part of the world, at most so often. Answered with a snapshot of it.
struct Subscribe {
    RequestId id;
    View view;
    std::chrono::microseconds interval{0}; // least time between two updates
};

/// The client has this revision of this run of the server. Answered with what changed since, or a snapshot.
struct Resume {
    RequestId id;
    Revision revision = 0;
    std::string instance;
};

/// Shows who it is from.
struct Auth {
    RequestId id;
    std::string token;
};

/// Asks to be greeted again, as a sign of life.
struct HealthCheck {
    RequestId id;
};

/// Shows only that the client is there.
struct Heartbeat {};

using Message = std::variant<Request, Ping, Subscribe, Resume, Heartbeat, Auth, HealthCheck, SessionMessage,
                             CodegenMessage>;

/// Why a message was refused, in the terms of data/schema/compositord.v1.json.
struct Problem {
    std::string_view code; // of the Error message's enum; a literal
    std::string member;    // empty for none
    std::string message;
};

/// What kind of message it is: its type in data/schema/compositord.v1.json, or heartbeat.
std::string_view nameOf(const Message& message);

/// The id to answer it with.
RequestId idOf(const Message& message);

/// What a client must be granted for this; nothing for what anybody may say.
std::optional<Grant> grantFor(const Message& message);

struct Rejected {
    RequestId id;
    Problem problem;
};

} // namespace compositord
