#include "log_routes.hpp"

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::string_view kDefault = "default"; // as all others

HttpResponse json(unsigned status, std::string text) {
    HttpResponse response{.status = status, .contentType = "application/json", .cacheControl = "no-store"};
    response.content = std::make_shared<const HttpContent>(std::move(text));
    return response;
}

HttpResponse wrong(const JsonProblem& problem) {
    std::string text;
    JsonWriter out(text);
    out.beginObject().member("error", problem.message);
    if (!problem.member.empty()) {
        out.member("member", problem.member);
    }
    out.endObject();
    return json(400, std::move(text));
}

HttpResponse show(const LogOutput& output) {
    std::string text;
    JsonWriter out(text);
    const LogLevels& levels = output.levels();
    out.beginObject().member("level", nameOf(levels.usual())).key("categories").beginArray();
    for (std::size_t i = 0; i < kLogCategoryNames.size(); ++i) {
        const auto category = static_cast<LogCategory>(i);
        out.beginObject()
            .member("name", nameOf(category))
            .member("level", nameOf(levels.of(category)))
            .member("own", levels.own(category).has_value())
            .endObject();
    }
    out.endArray().member("target", nameOf(output.target())).key("file");
    if (const std::string& file = output.file().path.native(); file.empty()) {
        out.null();
    } else {
        out.value(file);
    }
    out.endObject();
    return json(200, std::move(text));
}

/// The levels as they are to be.
std::expected<LogLevels, JsonProblem> changed(LogLevels levels, JsonObjectReader body) {
    const auto name = body.optionalString("category", 1, kLongestName);
    const std::string text = body.string("level", 1, kLongestName);
    if (body.problem()) {
        return std::unexpected(*body.problem());
    }
    const auto level = parseLogLevel(text);
    if (!level && !(name && text == kDefault)) {
        return std::unexpected(JsonProblem{"level", name ? "must be error, warn, info, debug or default"
                                                         : "must be error, warn, info or debug"});
    }
    if (!name) {
        levels.setUsual(*level);
        return levels;
    }
    const auto category = parseLogCategory(*name);
    if (!category) {
        return std::unexpected(JsonProblem{"category", category.error()});
    }
    levels.setOwn(*category, level);
    return levels;
}

HttpResponse change(LogOutput& output, const HttpRequest& request) {
    const auto body = parseJsonObject(request.body.empty() ? std::string_view("{}") : request.body);
    if (!body) {
        return wrong(body.error());
    }
    const auto levels = changed(output.levels(), JsonObjectReader(body->get()));
    if (!levels) {
        return wrong(levels.error());
    }
    output.setLevels(*levels);
    return show(output);
}

} // namespace

void addLogRoutes(Routes& routes, LogOutput& output) {
    routes.add({.path = "/api/v1/log",
                .audience = Routes::Audience::owner,
                .respond =
                    [&output](const HttpRequest& request) {
                        return request.method == HttpMethod::post ? change(output, request) : show(output);
                    },
                .changes = {HttpMethod::post}});
}

} // namespace compositord
