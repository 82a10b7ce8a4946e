#include "web/routes.hpp"

#include "api_documents.hpp"
#include "base/json_writer.hpp"
#include "web/gate.hpp"
#include "web/v1.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace compositord {

namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kFiles = "files";

HttpResponse json(std::string text) {
    HttpResponse response{.contentType = kJson};
    response.content = std::make_shared<const HttpContent>(std::move(text));
    return response;
}

/// Who may look is told how several compositors are, too.
HttpResponse health(const HttpRequest& request, const World& world) {
    const auto now =
        std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto milliseconds = now.time_since_epoch().count() % 1000;
    std::string text;
    JsonWriter out(text);
    out.beginObject().member("status", "healthy");
    out.member(
        "timestamp",
        fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)), milliseconds));
    if (!world.compositors().empty() && request.grants && request.grants->has(Grant::view)) {
        out.key("compositors").beginArray();
        for (const PlacedCompositor& each : world.compositors()) {
            out.beginObject().member("name", each.compositor.name);
            out.member("connected", each.compositor.connected).endObject();
        }
        out.endArray();
    }
    out.endObject();
    return json(std::move(text));
}

struct Stream {
    std::string_view path;
    Grant needs;
};

constexpr std::array kStreams{Stream{Routes::kEvents, Grant::view}, Stream{Routes::kTraffic, Grant::inspect},
                              Stream{Routes::kWayland, Grant::inspect},
                              Stream{Routes::kSessionEvents, Grant::sessions},
                              Stream{Routes::kDaemonEvents, Grant::sessions}};

/// A text that is part of this program.
Routes::Handler document(const char* text) {
    HttpResponse response{.contentType = kJson, .cacheControl = "no-cache"};
    response.content = std::make_shared<const HttpContent>(std::string(text));
    response.tag = response.content->tag();
    return [response](const HttpRequest&) { return response; };
}

} // namespace

std::string_view statusText(unsigned status) {
    static constexpr std::array<std::pair<unsigned, std::string_view>, 12> known{{{200, "200"},
                                                                                  {201, "201"},
                                                                                  {409, "409"},
                                                                                  {204, "204"},
                                                                                  {303, "303"},
                                                                                  {304, "304"},
                                                                                  {400, "400"},
                                                                                  {401, "401"},
                                                                                  {403, "403"},
                                                                                  {404, "404"},
                                                                                  {405, "405"},
                                                                                  {429, "429"}}};
    const auto* const found = std::ranges::find(known, status, &std::pair<unsigned, std::string_view>::first);
    return found == known.end() ? "other" : found->second;
}

Routes::Routes(const Stages& stages, const Access& access, Metrics& metrics, std::string webRoot,
               ReadGauges readGauges)
    : stages_(stages), access_(access), metrics_(metrics), files_(std::move(webRoot)),
      readGauges_(std::move(readGauges)) {
    add({"/health", Audience::anyone,
         [this](const HttpRequest& r) { return health(r, stages_.usual().world); }});
    add({"/metrics", Audience::ownPages, [this](const HttpRequest&) {
             HttpResponse response{.contentType = "text/plain; version=0.0.4; charset=utf-8"};
             response.content = std::make_shared<const HttpContent>(expositionOf(metrics_, readGauges_()));
             return response;
         }});
    const auto addState = [this](std::string_view path, Part part) {
        add({path, Audience::ownPages, [this, part](const HttpRequest& r) { return state(r, part); }});
    };
    addState("/api/v1/state", Part::all);
    addState("/api/v1/cameras", Part::cameras);
    addState("/api/v1/windows", Part::windows);
    add({"/api/v1/openapi.json", Audience::ownPages, document(kOpenApi)});
    add({"/api/v1/schema.json", Audience::ownPages, document(kMessageSchema)});
}

void Routes::tellOfCompositors(std::string known) {
    add({"/api/v1/compositors", Audience::ownPages, [this, known = std::move(known)](const HttpRequest&) {
             HttpResponse response = json(fmt::format(R"({{"known":{},"mirrored":{}}})", known,
                                                      V1::compositors(stages_.usual().world)));
             response.cacheControl = "no-cache";
             return response;
         }});
}

HttpResponse Routes::state(const HttpRequest& request, Part part) {
    const auto watch = stages_.find(queryValue(request.query, "compositor").value_or(""));
    if (!watch || watch->view != View{}) { // one, or all
        return inWords(404, "There is no such compositor here.\n");
    }
    const Stage* const stage = &watch->stage;
    Kept& kept = states_[{stage, part}];
    if (kept.revision != stage->world.revision()) {
        const bool all = part == Part::all;
        kept.revision = stage->world.revision();
        kept.response = json(V1::state(stage->world, {.compositor = all,
                                                      .cameras = all || part == Part::cameras,
                                                      .windows = all || part == Part::windows,
                                                      .tiles = all}));
        kept.response.cacheControl = "no-cache";
        kept.response.tag = fmt::format("W/\"{}-{}\"", stage->instance, kept.revision);
    }
    return kept.response;
}

const Routes::Route* Routes::find(std::string_view path) const {
    const auto found = std::ranges::find_if(routes_, [&](const Route& route) {
        return route.path.ends_with('/') ? path.starts_with(route.path) : path == route.path;
    });
    return found == routes_.end() ? nullptr : &*found;
}

bool Routes::takes(HttpMethod method, std::string_view path) const {
    const Route* route = find(path);
    return route != nullptr && std::ranges::find(route->changes, method) != route->changes.end();
}

void Routes::count(std::string_view route, unsigned status) {
    ++metrics_.httpRequests[{route, statusText(status)}];
}

std::optional<HttpResponse> Routes::refusal(const HttpRequest& request) {
    const auto* const stream = std::ranges::find(kStreams, request.path, &Stream::path);
    const Route* route = find(request.path);
    const bool isStream = stream != kStreams.end();
    if (!isStream && (route == nullptr || route->audience == Audience::anyone)) {
        return std::nullopt;
    }
    auto refused = refusal(request, isStream ? stream->needs : route->needs);
    if (!refused && !isStream && route->audience == Audience::owner && !request.owner) {
        refused = inWords(403, "This is answered on the control socket only.\n");
    }
    if (refused) {
        share(*refused, request);
        count(isStream ? stream->path : route->path, refused->status);
    }
    return refused;
}

std::optional<HttpResponse> Routes::refusal(const HttpRequest& request, Grant needed) const {
    const bool foreignSite = !request.fetchSite.empty() && request.fetchSite != "same-origin" &&
                             request.fetchSite != "none" && request.origin.empty();
    if (foreignSite || !access_.originAllowed(request.origin, request.host)) {
        return inWords(403, "Pages of another origin may not read this.\n");
    }
    if (!request.grants) {
        return unauthorized("A token is needed here, as in Authorization: Bearer TOKEN.\n");
    }
    if (!request.grants->has(needed)) {
        return inWords(403, fmt::format("This needs the grant {}.\n", nameOf(needed)));
    }
    return std::nullopt;
}

void Routes::share(HttpResponse& response, const HttpRequest& request) const {
    if (request.origin.empty() || Access::isOwn(request.origin, request.host) ||
        !access_.originAllowed(request.origin, request.host)) {
        return;
    }
    response.headers.emplace_back("access-control-allow-origin", request.origin);
    response.headers.emplace_back("access-control-expose-headers", "etag");
    response.headers.emplace_back("vary", "origin");
}

HttpResponse Routes::respond(const HttpRequest& request) {
    if (auto refused = refusal(request)) {
        return *std::move(refused);
    }
    const Route* route = find(request.path);
    HttpResponse response;
    if (route != nullptr && !route->readable && !changes(request.method)) {
        response = inWords(405, "This is not there to be read.\n");
    } else if (route != nullptr) {
        response = route->respond(request);
    } else if (auto file = files_.find(request.path)) {
        response = *std::move(file);
    } else {
        response = inWords(404, "There is no such page here.\n");
    }
    return finished(std::move(response), request, route != nullptr ? route->path : kFiles);
}

HttpResponse Routes::finished(HttpResponse response, const HttpRequest& request, std::string_view route) {
    if (response.later) {
        response.later = [this, later = std::move(response.later), request,
                          route](HttpResponse::Finish finish) {
            later([this, request, route, finish = std::move(finish)](HttpResponse known) {
                finish(finished(std::move(known), request, route));
            });
        };
        return response;
    }
    response = fitted(std::move(response), request);
    share(response, request);
    count(route, response.status);
    return response;
}

} // namespace compositord
