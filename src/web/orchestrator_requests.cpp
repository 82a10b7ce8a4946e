#include "web/orchestrator_requests.hpp"

#include <fmt/format.h>

namespace compositord {

namespace {

constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestTask = 65536;
constexpr std::size_t kMostParameters = 64;

SessionPriority readPriority(JsonObjectReader& task) {
    const auto name = task.optionalString("priority", 0, kLongestName);
    return name ? parseSessionPriority(*name).value_or(
                      SessionPriority::normal) // "medium", and what others call it
                : SessionPriority::normal;
}

void readParameters(JsonObjectReader& payload, SessionTask& task) {
    auto parameters = payload.optionalObject("parameters");
    json_t* const object = json_object_get(payload.object(), "parameters");
    if (!parameters || json_object_size(object) > kMostParameters) {
        if (parameters) {
            payload.reject("parameters", fmt::format("there may be {} parameters", kMostParameters));
        }
        return;
    }
    const char* name = nullptr;
    json_t* value = nullptr;
    json_object_foreach(object, name, value) {
        task.parameters.emplace(name, parameters->string(name, 0, kLongestTask));
    }
    payload.adopt(*parameters, "parameters");
}

} // namespace

SessionTask readOrchestratorTask(JsonObjectReader& payload) {
    SessionTask result;
    if (json_is_string(json_object_get(payload.object(), "task"))) {
        result.description = payload.string("task", 0, kLongestTask);
    } else if (auto task = payload.optionalObject("task")) {
        result.id = task->optionalString("id", 0, kLongestName).value_or("");
        result.description = task->string("description", 0, kLongestTask);
        result.kind = task->optionalString("type", 0, kLongestName).value_or("");
        payload.adopt(*task, "task");
    } else {
        payload.reject("task", "task is missing: a text or an object with a description is needed");
    }
    readParameters(payload, result);
    return result;
}

SpawnSession readOrchestratorSpawn(JsonObjectReader& payload) {
    SpawnSession result{.type = payload.string("sessionType", 1, kLongestName),
                        .owner = payload.optionalString("orchestratorId", 0, kLongestName).value_or("")};
    result.task = readOrchestratorTask(payload);
    const bool isText = json_is_string(json_object_get(payload.object(), "task"));
    if (auto task = isText ? std::nullopt : payload.optionalObject("task")) {
        result.priority = readPriority(*task);
        payload.adopt(*task, "task");
    }
    return result;
}

} // namespace compositord
