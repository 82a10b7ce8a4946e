// Strict reading of a JSON object from outside: each member is checked for kind and range, and an error names
// it.
#pragma once

#include "base/handle.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

/// What is wrong with a text, in words for the person who wrote its sender.
struct JsonProblem {
    std::string member; // empty: the text as a whole
    std::string message;
};

/// Parses one JSON object (RFC 8259, UTF-8, no NUL in strings, no member twice).
std::expected<JsonHandle, JsonProblem> parseJsonObject(std::string_view text);

/// Reads members of one object. The first problem sticks; after it, reads return default values, so that a
/// caller reads everything it wants and then asks problem() once.
class JsonObjectReader {
public:
    /// Borrows the object.
    explicit JsonObjectReader(const json_t* object) : object_(object) {}

    /// What it reads.
    const json_t* object() const { return object_; }

    bool has(const char* name) const { return json_object_get(object_, name) != nullptr; }

    double number(const char* name, double min, double max);
    std::optional<double> optionalNumber(const char* name, double min, double max);
    std::int64_t integer(const char* name, std::int64_t min, std::int64_t max);
    std::optional<std::int64_t> optionalInteger(const char* name, std::int64_t min, std::int64_t max);
    bool boolean(const char* name);

    /// Lengths in bytes.
    std::string string(const char* name, std::size_t minLength, std::size_t maxLength);
    std::optional<std::string> optionalString(const char* name, std::size_t minLength, std::size_t maxLength);

    /// A list of strings.
    std::optional<std::vector<std::string>> optionalStrings(const char* name, std::size_t maxCount,
                                                            std::size_t maxLength);

    /// Reads an object inside this one; hand its problems on with adopt().
    std::optional<JsonObjectReader> optionalObject(const char* name);

    /// Reads a list of objects; hand their problems on with adopt(), by names such as "events[2]".
    std::vector<JsonObjectReader> objects(const char* name, std::size_t maxCount);

    void adopt(const JsonObjectReader& inner, std::string_view name);

    const std::optional<JsonProblem>& problem() const { return problem_; }

    void reject(std::string member, std::string message);

private:
    const json_t* object_;
    std::optional<JsonProblem> problem_;
};

} // namespace compositord
