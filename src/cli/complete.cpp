#include "cli/complete.hpp"

#include "cli/http_client.hpp"
#include "cli/json.hpp"

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

} // namespace

void printCandidates(std::string_view kind) {
    const auto* const found = std::ranges::find(kKinds, kind, &Kind::name);
    if (found == kKinds.end()) {
        return;
    }
    auto transport = Transport::find({}, Transport::Start::no);
    const auto text = transport ? get(*transport, found->path) : std::unexpected(transport.error());
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
