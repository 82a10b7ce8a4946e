#include "web/message.hpp"

#include <array>

namespace compositord {

namespace {

struct CommandKind {
    std::string_view name;
    Grant needs;
};

// In the order of the variant.
constexpr std::array kCommands{
    CommandKind{"SetCamera", Grant::camera},
    CommandKind{"CancelCamera", Grant::camera},
    CommandKind{"Focus", Grant::windows},
    CommandKind{"Close", Grant::windows},
    CommandKind{"Move", Grant::windows},
    CommandKind{"Resize", Grant::windows},
    CommandKind{"Raise", Grant::windows},
    CommandKind{"Lower", Grant::windows},
    CommandKind{"Minimize", Grant::windows},
    CommandKind{"Maximize", Grant::windows},
    CommandKind{"Fullscreen", Grant::windows},
    CommandKind{"Center", Grant::camera}, // of a window, but it is the camera that moves
    CommandKind{"Input", Grant::input},
    CommandKind{"ReleaseInput", Grant::input},
    CommandKind{"PutTile", Grant::tiles},
    CommandKind{"RemoveTile", Grant::tiles},
};
static_assert(kCommands.size() == std::variant_size_v<Command>, "each command has its name and grant here");

// In the order of the variant.
constexpr std::array<std::string_view, 10> kSessionActions{
    "SpawnSession", "RunTask",        "CancelSession", "ChooseSession",   "ForgetSession",
    "ListSessions", "session_status", "FollowSession", "UnfollowSession", "daemon_status"};
static_assert(kSessionActions.size() == std::variant_size_v<SessionAction>);

// In the order of the variant.
constexpr std::array<std::string_view, 9> kCodegenActions{
    "ListCodegen",  "FollowCodegen",  "UnfollowCodegen", "ShowCodegen",  "RunCodegen",
    "ApplyCodegen", "DiscardCodegen", "RevertCodegen",   "ReportCodegen"};
static_assert(kCodegenActions.size() == std::variant_size_v<CodegenAction>);

struct Namer {
    std::string_view operator()(const Request& request) const {
        return kCommands[request.command.index()].name;
    }

    std::string_view operator()(const SessionMessage& message) const {
        return kSessionActions[message.action.index()];
    }

    std::string_view operator()(const CodegenMessage& message) const {
        return kCodegenActions[message.action.index()];
    }

    std::string_view operator()(const Ping& /*ping*/) const { return "Ping"; }

    std::string_view operator()(const Subscribe& /*subscribe*/) const { return "Subscribe"; }

    std::string_view operator()(const Resume& /*resume*/) const { return "Resume"; }

    std::string_view operator()(const Heartbeat& /*heartbeat*/) const { return "heartbeat"; }

    std::string_view operator()(const Auth& /*auth*/) const { return "Auth"; }

    std::string_view operator()(const HealthCheck& /*check*/) const { return "health_check"; }
};

struct Needs {
    std::optional<Grant> operator()(const Request& request) const {
        return kCommands[request.command.index()].needs;
    }

    std::optional<Grant> operator()(const SessionMessage& /*message*/) const { return Grant::sessions; }

    std::optional<Grant> operator()(const CodegenMessage& /*message*/) const { return Grant::sessions; }

    std::optional<Grant> operator()(const Subscribe& /*subscribe*/) const { return Grant::view; }

    std::optional<Grant> operator()(const Resume& /*resume*/) const { return Grant::view; }

    std::optional<Grant> operator()(const auto& /*other*/) const { return std::nullopt; }
};

} // namespace

std::string_view nameOf(const Message& message) {
    return std::visit(Namer{}, message);
}

RequestId idOf(const Message& message) {
    return std::visit(
        [](const auto& content) -> RequestId {
            if constexpr (requires { content.id; }) {
                return content.id;
            } else if constexpr (requires { content.tag.id; }) {
                return content.tag.id;
            } else {
                return {};
            }
        },
        message);
}

std::optional<Grant> grantFor(const Message& message) {
    return std::visit(Needs{}, message);
}

} // namespace compositord
