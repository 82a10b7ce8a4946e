#include "base/json_reader.hpp"

#include <fmt/format.h>

namespace compositord {

std::expected<JsonHandle, JsonProblem> parseJsonObject(std::string_view text) {
    json_error_t error{};
    JsonHandle json(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, &error));
    if (!json) {
        return std::unexpected(
            JsonProblem{"", fmt::format("not valid JSON: {} at byte {}", static_cast<const char*>(error.text),
                                        error.position)});
    }
    if (!json_is_object(json.get())) {
        return std::unexpected(JsonProblem{"", "a message must be a JSON object"});
    }
    return json;
}

void JsonObjectReader::reject(std::string member, std::string message) {
    if (!problem_) {
        problem_ = JsonProblem{std::move(member), std::move(message)};
    }
}

double JsonObjectReader::number(const char* name, double min, double max) {
    if (!has(name)) {
        reject(name, fmt::format("{} is missing: a number is needed", name));
        return 0;
    }
    return optionalNumber(name, min, max).value_or(0);
}

std::optional<double> JsonObjectReader::optionalNumber(const char* name, double min, double max) {
    const json_t* member = json_object_get(object_, name);
    if (member == nullptr) {
        return std::nullopt;
    }
    if (!json_is_number(member)) {
        reject(name, fmt::format("{} must be a number", name));
        return std::nullopt;
    }
    const double value = json_number_value(member);
    if (value < min || value > max) {
        reject(name, fmt::format("{} must be between {} and {}", name, min, max));
        return std::nullopt;
    }
    return value;
}

std::int64_t JsonObjectReader::integer(const char* name, std::int64_t min, std::int64_t max) {
    if (!has(name)) {
        reject(name, fmt::format("{} is missing: an integer is needed", name));
        return 0;
    }
    return optionalInteger(name, min, max).value_or(0);
}

std::optional<std::int64_t> JsonObjectReader::optionalInteger(const char* name, std::int64_t min,
                                                              std::int64_t max) {
    const json_t* member = json_object_get(object_, name);
    if (member == nullptr) {
        return std::nullopt;
    }
    if (!json_is_integer(member)) {
        reject(name, fmt::format("{} must be an integer", name));
        return std::nullopt;
    }
    const std::int64_t value = json_integer_value(member);
    if (value < min || value > max) {
        reject(name, fmt::format("{} must be between {} and {}", name, min, max));
        return std::nullopt;
    }
    return value;
}

bool JsonObjectReader::boolean(const char* name) {
    const json_t* member = json_object_get(object_, name);
    if (!json_is_boolean(member)) {
        reject(name, fmt::format("{} must be true or false", name));
        return false;
    }
    return json_is_true(member);
}

std::string JsonObjectReader::string(const char* name, std::size_t minLength, std::size_t maxLength) {
    if (!has(name)) {
        reject(name, fmt::format("{} is missing: a string is needed", name));
        return {};
    }
    return optionalString(name, minLength, maxLength).value_or("");
}

std::optional<std::string> JsonObjectReader::optionalString(const char* name, std::size_t minLength,
                                                            std::size_t maxLength) {
    const json_t* member = json_object_get(object_, name);
    if (member == nullptr) {
        return std::nullopt;
    }
    if (!json_is_string(member)) {
        reject(name, fmt::format("{} must be a string", name));
        return std::nullopt;
    }
    const std::size_t length = json_string_length(member);
    if (length < minLength || length > maxLength) {
        reject(name, fmt::format("{} must have {} to {} bytes", name, minLength, maxLength));
        return std::nullopt;
    }
    return std::string(json_string_value(member), length);
}

std::optional<std::vector<std::string>>
JsonObjectReader::optionalStrings(const char* name, std::size_t maxCount, std::size_t maxLength) {
    const json_t* member = json_object_get(object_, name);
    if (member == nullptr) {
        return std::nullopt;
    }
    if (!json_is_array(member) || json_array_size(member) > maxCount) {
        reject(name, fmt::format("{} must be a list of at most {} strings", name, maxCount));
        return std::nullopt;
    }
    std::vector<std::string> result;
    for (std::size_t i = 0; i < json_array_size(member); ++i) {
        const json_t* element = json_array_get(member, i);
        if (!json_is_string(element) || json_string_length(element) > maxLength) {
            reject(name, fmt::format("{} must be a list of strings of at most {} bytes", name, maxLength));
            return std::nullopt;
        }
        result.emplace_back(json_string_value(element), json_string_length(element));
    }
    return result;
}

std::optional<JsonObjectReader> JsonObjectReader::optionalObject(const char* name) {
    const json_t* member = json_object_get(object_, name);
    if (member == nullptr) {
        return std::nullopt;
    }
    if (!json_is_object(member)) {
        reject(name, fmt::format("{} must be an object", name));
        return std::nullopt;
    }
    return JsonObjectReader(member);
}

std::vector<JsonObjectReader> JsonObjectReader::objects(const char* name, std::size_t maxCount) {
    const json_t* member = json_object_get(object_, name);
    if (!json_is_array(member) || json_array_size(member) > maxCount) {
        reject(name, fmt::format("{} must be a list of at most {} objects", name, maxCount));
        return {};
    }
    std::vector<JsonObjectReader> result;
    for (std::size_t i = 0; i < json_array_size(member); ++i) {
        const json_t* element = json_array_get(member, i);
        if (!json_is_object(element)) {
            reject(name, fmt::format("{}[{}] must be an object", name, i));
            return {};
        }
        result.emplace_back(element);
    }
    return result;
}

void JsonObjectReader::adopt(const JsonObjectReader& inner, std::string_view name) {
    if (const auto& problem = inner.problem()) {
        reject(fmt::format("{}.{}", name, problem->member), fmt::format("{}.{}", name, problem->message));
    }
}

} // namespace compositord
