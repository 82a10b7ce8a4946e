#include "control_routes.hpp"

#include "base/json_writer.hpp"
#include "config.hpp"
#include "web/v1_compositor.hpp"

#include <unistd.h>

#include <chrono>
#include <memory>
#include <utility>

namespace compositord {

namespace {

HttpResponse json(std::string text) {
    HttpResponse response{.contentType = "application/json", .cacheControl = "no-store"};
    response.content = std::make_shared<const HttpContent>(std::move(text));
    return response;
}

void write(JsonWriter& out, const std::vector<std::string>& texts) {
    out.beginArray();
    for (const std::string& text : texts) {
        out.value(text);
    }
    out.endArray();
}

void write(JsonWriter& out, const std::map<std::string_view, std::uint64_t>& counts) {
    out.beginObject();
    for (const auto& [name, count] : counts) {
        out.member(name, count);
    }
    out.endObject();
}

class ControlRoutes {
public:
    explicit ControlRoutes(ControlSource source) : source_(std::move(source)) {}

    HttpResponse status() const;
    HttpResponse config() const;
    HttpResponse reload() const;

private:
    ControlSource source_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

HttpResponse ControlRoutes::status() const {
    const Gauges gauges = source_.gauges();
    const auto uptime = std::chrono::steady_clock::now() - started_;
    std::string text;
    JsonWriter out(text);
    out.beginObject()
        .member("version", kVersion)
        .member("pid", getpid())
        .member("instance", source_.instance);
    out.member("uptime", std::chrono::duration_cast<std::chrono::seconds>(uptime).count());
    write(out.key("listening"), source_.listening);
    out.key("compositors").beginArray();
    for (const World* world : source_.worlds()) {
        out.json(compositorText(world->compositor()));
    }
    out.endArray();
    out.member("connections", gauges.connections);
    write(out.key("clients"), gauges.clients);
    write(out.key("sessions"), gauges.sessions);
    write(out.key("sessionsEnded"), gauges.sessionsEnded);
    out.endObject();
    return json(std::move(text));
}

HttpResponse ControlRoutes::config() const {
    std::string text;
    JsonWriter out(text);
    out.beginObject().key("settings").beginArray();
    for (const auto& [name, setting] : source_.settings()) {
        out.beginObject().member("name", name);
        write(out.key("values"), setting.values);
        out.key("where");
        if (setting.where.empty()) {
            out.null(); // the command line
        } else {
            out.value(setting.where);
        }
        out.endObject();
    }
    out.endArray().endObject();
    return json(std::move(text));
}

HttpResponse ControlRoutes::reload() const {
    const ReloadReport report = source_.reload();
    std::string text;
    JsonWriter out(text);
    out.beginObject();
    write(out.key("problems"), report.problems);
    write(out.key("needRestart"), report.needRestart);
    out.endObject();
    return json(std::move(text));
}

} // namespace

void addControlRoutes(Routes& routes, ControlSource source) {
    const auto shared = std::make_shared<const ControlRoutes>(std::move(source));
    routes.add({.path = "/api/v1/status",
                .audience = Routes::Audience::ownPages,
                .respond = [shared](const HttpRequest&) { return shared->status(); }});
    routes.add({.path = "/api/v1/config",
                .audience = Routes::Audience::owner,
                .respond = [shared](const HttpRequest&) { return shared->config(); }});
    routes.add({.path = "/api/v1/reload",
                .audience = Routes::Audience::owner,
                .respond = [shared](const HttpRequest&) { return shared->reload(); },
                .changes = {HttpMethod::post},
                .readable = false});
}

} // namespace compositord
