#include "cli/json.hpp"

#include "base/json_reader.hpp"

#include <algorithm>
#include <cstdlib>

namespace compositord::cli {

Outcome<JsonHandle> parse(std::string_view text) {
    auto json = parseJsonObject(text);
    if (!json) {
        return problem(Exit::failed, "compositord answers in a way that this program does not understand");
    }
    return *std::move(json);
}

std::string textIn(const json_t* object, const char* name) {
    const json_t* value = json_object_get(object, name);
    return json_is_string(value) ? std::string(json_string_value(value), json_string_length(value)) : "";
}

double numberIn(const json_t* object, const char* name) {
    return json_number_value(json_object_get(object, name)); // 0 if it is none
}

bool flagIn(const json_t* object, const char* name) {
    return json_is_true(json_object_get(object, name));
}

std::vector<const json_t*> elementsOf(const json_t* list) {
    std::vector<const json_t*> elements;
    elements.reserve(json_array_size(list));
    for (std::size_t i = 0; i < json_array_size(list); ++i) {
        elements.push_back(json_array_get(list, i));
    }
    return elements;
}

std::vector<const json_t*> listIn(const json_t* object, const char* name) {
    return elementsOf(json_object_get(object, name));
}

std::vector<std::string> textsIn(const json_t* object, const char* name) {
    std::vector<std::string> texts;
    for (const json_t* each : listIn(object, name)) {
        if (json_is_string(each)) {
            texts.emplace_back(json_string_value(each), json_string_length(each));
        }
    }
    return texts;
}

bool ofSeveral(const std::vector<const json_t*>& list) {
    return std::ranges::any_of(
        list, [](const json_t* each) { return json_object_get(each, "compositor") != nullptr; });
}

std::string dump(const json_t* value) {
    struct Free {
        void operator()(char* text) const {
            std::free(text); // NOLINT(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): jansson's
        }
    };

    constexpr std::size_t digits = 15; // that a number of decimals has
    const std::unique_ptr<char, Free> text(
        json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits)));
    return text ? text.get() : "null";
}

std::string plain(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const bool control = (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t') || c == '\x7f';
        result += control ? ' ' : c;
    }
    return result;
}

} // namespace compositord::cli
