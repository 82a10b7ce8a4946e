#include "web/message.hpp"

#include <array>

namespace compositord {

namespace {

// In the order of the variant.
constexpr std::array<std::string_view, 16> kCommands{
    "SetCamera", "CancelCamera", "Focus",      "Close",  "Move",  "Resize",       "Raise",   "Lower",
    "Minimize",  "Maximize",     "Fullscreen", "Center", "Input", "ReleaseInput", "PutTile", "RemoveTile"};
static_assert(kCommands.size() == std::variant_size_v<Command>, "each command has its name here");

struct Namer {
    std::string_view operator()(const Request& request) const { return kCommands[request.command.index()]; }

    std::string_view operator()(const Ping& /*ping*/) const { return "Ping"; }

    std::string_view operator()(const Subscribe& /*subscribe*/) const { return "Subscribe"; }

    std::string_view operator()(const Resume& /*resume*/) const { return "Resume"; }

    std::string_view operator()(const Heartbeat& /*heartbeat*/) const { return "heartbeat"; }
};

} // namespace

std::string_view nameOf(const Message& message) {
    return std::visit(Namer{}, message);
}

} // namespace compositord
