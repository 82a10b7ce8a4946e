// The wire of driftwm's IPC: a JSON value per line, points are centres, and y points upward.
// Here all that becomes top-left corners with y downward, and the other way round.
#pragma once

#include "base/json_reader.hpp"
#include "world/command.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace compositord {

/// Everything that driftwm has, which it tells each time.
struct DriftwmState {
    std::vector<Camera> cameras;
    std::string activeCamera; // the one that requests move; may be empty
    std::vector<Window> windows;
};

/// An answer to a request.
struct DriftwmReply {
    std::optional<std::string> error;
};

/// What no version known here says; to be ignored.
struct DriftwmOther {};

using DriftwmLine = std::variant<DriftwmState, DriftwmReply, DriftwmOther>;

std::expected<DriftwmLine, JsonProblem> parseDriftwmLine(std::string_view line);

/// The lines that ask driftwm for this, as it is now.
std::expected<std::string, Refusal> driftwmRequest(const DriftwmState& state, const Command& command);

} // namespace compositord
