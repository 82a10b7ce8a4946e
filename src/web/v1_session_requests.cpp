#include "web/v1_session_requests.hpp"

#include <fmt/format.h>

namespace compositord {

namespace {

// Bounds as in the schema.
constexpr std::size_t kLongestSession = 64;
constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestTask = 65536;
constexpr std::size_t kMostParameters = 64;

SessionId session(JsonObjectReader& in) {
    return in.string("session", 1, kLongestSession);
}

SessionTask task(JsonObjectReader& in) {
    SessionTask result{.description = in.optionalString("task", 0, kLongestTask).value_or("")};
    auto parameters = in.optionalObject("parameters");
    if (!parameters) {
        return result;
    }
    json_t* const object = json_object_get(in.object(), "parameters");
    if (json_object_size(object) > kMostParameters) {
        in.reject("parameters", fmt::format("there may be {} parameters", kMostParameters));
        return result;
    }
    const char* name = nullptr;
    json_t* value = nullptr;
    json_object_foreach(object, name, value) {
        result.parameters.emplace(name, parameters->string(name, 0, kLongestTask));
    }
    in.adopt(*parameters, "parameters");
    return result;
}

} // namespace

SpawnSession readSpawnSession(JsonObjectReader& in) {
    SpawnSession result{.type = in.string("sessionType", 1, kLongestName),
                        .owner = in.optionalString("owner", 0, kLongestName).value_or("")};
    if (const auto name = in.optionalString("priority", 1, kLongestName)) {
        const auto priority = parseSessionPriority(*name);
        if (!priority) {
            in.reject("priority", "priority must be low, normal, high or critical");
        }
        result.priority = priority.value_or(SessionPriority::normal);
    }
    result.task = task(in);
    return result;
}

RunTask readRunTask(JsonObjectReader& in) {
    return {.session = session(in), .task = task(in)};
}

CancelSession readCancelSession(JsonObjectReader& in) {
    return {session(in)};
}

ChooseSession readChooseSession(JsonObjectReader& in) {
    return {.session = session(in), .choice = in.string("choice", 1, kLongestSession)};
}

ForgetSession readForgetSession(JsonObjectReader& in) {
    return {session(in)};
}

FollowSession readFollowSession(JsonObjectReader& in) {
    return {.session = in.optionalString("session", 1, kLongestSession).value_or(""),
            .since = static_cast<std::uint64_t>(in.optionalInteger("since", 0, INT64_MAX).value_or(0))};
}

UnfollowSession readUnfollowSession(JsonObjectReader& in) {
    return {in.optionalString("session", 1, kLongestSession).value_or("")};
}

} // namespace compositord
