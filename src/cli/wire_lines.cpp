#include "cli/wire_lines.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

namespace compositord::cli {

namespace {

std::string objectText(const json_t* value, const char* member) {
    const std::string interface = textIn(value, "interface");
    return fmt::format("{}@{}", interface.empty() ? "[unknown]" : interface, numberIn(value, member));
}

std::string argumentText(const json_t* value, bool texts) {
    if (json_is_string(value)) {
        const std::string text = plain(json_string_value(value));
        const bool name =
            text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string::npos &&
            text.contains('_'); // of an interface
        return texts || name ? fmt::format("\"{}\"", text) : fmt::format("\"({} bytes)\"", text.size());
    }
    if (json_is_null(value)) {
        return "nil";
    }
    if (json_is_object(value)) {
        return json_object_get(value, "new") != nullptr      ? "new id " + objectText(value, "new")
               : json_object_get(value, "object") != nullptr ? objectText(value, "object")
               : json_object_get(value, "bytes") != nullptr
                   ? fmt::format("array[{}]", numberIn(value, "bytes"))
                   : "fd";
    }
    return dump(value);
}

} // namespace

std::string wireLine(const json_t* message, bool texts) {
    if (json_object_get(message, "problem") != nullptr) {
        return plain(textIn(message, "problem"));
    }
    if (json_object_get(message, "lost") != nullptr) {
        return fmt::format("({} bytes could not be read)", numberIn(message, "lost"));
    }
    std::string arguments;
    for (const json_t* each : listIn(message, "arguments")) {
        arguments += (arguments.empty() ? "" : ", ") + argumentText(each, texts);
    }
    // As libwayland has it: milliseconds modulo 2^32 / 1000.
    constexpr double wrap = 4294967.296;
    const double time = std::fmod(numberIn(message, "time"), wrap);
    return fmt::format("[{:11.3f}] {}{}.{}({})", time, textIn(message, "direction") == "sent" ? " -> " : "",
                       objectText(message, "object"), textIn(message, "message"), arguments);
}

} // namespace compositord::cli
