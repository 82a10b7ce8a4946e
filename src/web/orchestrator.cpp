#include "web/orchestrator.hpp"

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kLongestType = 256;
constexpr std::size_t kLongestToken = 512;
constexpr std::size_t kLongestSession = 128;

constexpr std::array<std::string_view, 6> kSessionMessages{"spawn_session", "execute_task",  "session_status",
                                                           "list_sessions", "daemon_status", "stop_session"};

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

/// Which session a message is about, if it says so.
RequestId sessionOf(JsonObjectReader& in) {
    const auto payload = in.optionalObject("payload");
    if (payload && payload->has("sessionId")) {
        JsonObjectReader inner = *payload;
        std::string session = inner.string("sessionId", 1, kLongestSession);
        in.adopt(inner, "payload");
        return session;
    }
    return {};
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
    const bool ofSessions = std::ranges::find(kSessionMessages, type) != kSessionMessages.end();
    const RequestId session = ofSessions ? sessionOf(in) : RequestId{};
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
    if (ofSessions) {
        return rejected(session, "unsupported", "type", "sessions are not available in this build");
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
