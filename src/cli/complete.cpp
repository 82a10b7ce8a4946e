#include "cli/complete.hpp"

#include "cli/http_client.hpp"
#include "cli/target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace compositord::cli {

namespace {

struct Kind {
    std::string_view name; // as usage calls it
    const char* path;
    const char* list;
    const char* value; // the member that is completed
    const char* about; // and one that says more
};

constexpr std::array kKinds{
    Kind{"WINDOW", "/api/v1/windows", "windows", "id", "title"},
    Kind{"CAMERA", "/api/v1/cameras", "cameras", "name", ""},
    Kind{"ID", "/api/v1/sessions", "sessions", "id", "sessionType"},
    Kind{"TYPE", "/api/v1/sessions", "types", "name", "description"},
    Kind{"COMPOSITOR", "/api/v1/status", "compositors", "name", "driver"},
};

std::string oneLine(std::string text) {
    text = plain(text);
    std::ranges::replace(text, '\n', ' ');
    std::ranges::replace(text, '\t', ' ');
    return text;
}

/// What the words say of options that all commands have; the rest of them may not be whole yet.
Call callIn(std::span<char*> words) {
    Call call;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        const std::size_t sign = std::min(word.find('='), word.size());
        for (const std::string_view name : {"bus", "socket", kOfOne.name}) {
            if (!word.starts_with("--") || word.substr(2, sign - 2) != name) {
                continue;
            }
            if (sign < word.size()) {
                call.options.emplace(name, word.substr(sign + 1));
            } else if (i + 1 < words.size()) {
                call.options.emplace(name, words[i + 1]);
            }
        }
    }
    return call;
}

} // namespace

void printCandidates(std::string_view kind, std::span<char*> words) {
    const auto* const found = std::ranges::find(kKinds, kind, &Kind::name);
    if (found == kKinds.end()) {
        return;
    }
    Call call = callIn(words);
    if (kind == kOfOne.value) {
        call.options.erase(kOfOne.name); // it is what is completed
    }
    auto target = Target::find(call, Transport::Start::no);
    const auto text =
        target ? get(target->transport(), target->narrowed(found->path)) : std::unexpected(target.error());
    const auto json = text ? parse(*text) : std::unexpected(text.error());
    if (!json) {
        return;
    }
    for (const json_t* each : listIn(json->get(), found->list)) {
        const json_t* value = json_object_get(each, found->value);
        fmt::print("{}\t{}\n", oneLine(json_is_string(value) ? json_string_value(value) : dump(value)),
                   oneLine(textIn(each, found->about)));
    }
}

} // namespace compositord::cli
