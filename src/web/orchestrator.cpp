#include "web/orchestrator.hpp"

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "web/orchestrator_requests.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kLongestType = 256;
constexpr std::size_t kLongestToken = 512;
constexpr std::size_t kLongestSession = 128;

template <class Members> SharedFrame message(std::string_view type, const Members& members) {
    std::string text;
    JsonWriter json(text);
    json.beginObject().member("type", type);
    members(json);
    json.endObject();
    auto frame = std::make_shared<Frame>();
    frame->addText(text);
    return frame;
}

SharedFrame healthy() {
    static const SharedFrame frame =
        message("health_check_response", [](auto& json) { json.member("healthy", true); });
    return frame;
}

std::unexpected<Rejected> rejected(RequestId session, std::string_view code, std::string member,
                                   std::string words) {
    return std::unexpected(Rejected{std::move(session), {code, std::move(member), std::move(words)}});
}

std::string sessionOf(JsonObjectReader& payload) {
    return payload.string("sessionId", 1, kLongestSession);
}

struct SessionRequest {
    std::string_view type;
    SessionAction (*read)(JsonObjectReader& payload);
};

constexpr std::array kSessionRequests{
    SessionRequest{"spawn_session",
                   [](JsonObjectReader& in) -> SessionAction { return readOrchestratorSpawn(in); }},
    SessionRequest{"execute_task",
                   [](JsonObjectReader& in) -> SessionAction {
                       return RunTask{.session = sessionOf(in), .task = readOrchestratorTask(in)};
                   }},
    SessionRequest{"session_status",
                   [](JsonObjectReader& in) -> SessionAction { return ShowSession{sessionOf(in)}; }},
    SessionRequest{"list_sessions", [](JsonObjectReader&) -> SessionAction { return ListSessions{}; }},
    SessionRequest{"daemon_status", [](JsonObjectReader&) -> SessionAction { return ShowTotals{}; }},
    SessionRequest{"stop_session",
                   [](JsonObjectReader& in) -> SessionAction { return CancelSession{sessionOf(in)}; }},
};

std::expected<Message, Rejected> readSessionRequest(const SessionRequest& kind, JsonObjectReader& in) {
    // Some have no payload; those that need one name what they miss in it.
    const auto payload = in.optionalObject("payload");
    const JsonHandle nothing(json_object());
    JsonObjectReader members = payload.value_or(JsonObjectReader(nothing.get()));
    SessionAction action = kind.read(members);
    in.adopt(members, "payload");
    JsonObjectReader about(members.object());
    RequestId session;
    if (auto name = about.optionalString("sessionId", 1, kLongestSession)) {
        session = *std::move(name);
    }
    if (const auto& problem = in.problem()) {
        return rejected(std::move(session), "invalid_member", problem->member, problem->message);
    }
    return SessionMessage{std::move(session), std::move(action)};
}

} // namespace

std::expected<Message, Rejected> Orchestrator::decode(std::string_view text) const {
    const auto json = parseJsonObject(text);
    if (!json) {
        return rejected({}, "malformed", json.error().member, json.error().message);
    }
    JsonObjectReader in(json->get());
    const std::string type = in.string("type", 1, kLongestType);
    const std::string token = type == "auth" ? in.string("token", 1, kLongestToken) : "";
    if (const auto& problem = in.problem()) {
        return rejected({}, "invalid_member", problem->member, problem->message);
    }
    if (type == "ping") {
        return Ping{};
    }
    if (type == "health_check") {
        return HealthCheck{};
    }
    if (type == "auth") {
        return Auth{.id = {}, .token = token};
    }
    const auto* const ofSessions = std::ranges::find(kSessionRequests, type, &SessionRequest::type);
    if (ofSessions != kSessionRequests.end()) {
        return readSessionRequest(*ofSessions, in);
    }
    return rejected({}, "unknown_type", "type", "this server does not know messages of this type");
}

SharedFrame Orchestrator::hello(const World& /*world*/, const Greeting& /*greeting*/) const {
    return healthy();
}

SharedFrame Orchestrator::challenge() const {
    return healthy();
}

SharedFrame Orchestrator::pong(const RequestId& /*id*/) const {
    static const SharedFrame frame = message("pong", [](auto& /*json*/) {});
    return frame;
}

SharedFrame Orchestrator::error(const RequestId& id, const Problem& problem) const {
    return message("error", [&](auto& json) {
        json.member("error", problem.message).member("code", problem.code);
        if (const auto* session = std::get_if<std::string>(&id)) {
            json.member("sessionId", *session);
        }
    });
}

} // namespace compositord
