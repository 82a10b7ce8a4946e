#include "web/session_routes.hpp"

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "web/orchestrator.hpp"
#include "web/orchestrator_requests.hpp"
#include "web/orchestrator_sessions.hpp"
#include "web/v1_session_requests.hpp"
#include "web/v1_sessions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <utility>

namespace compositord {

namespace {

constexpr std::string_view kSessions = "/api/v1/sessions";
constexpr std::string_view kSession = "/api/v1/sessions/";
constexpr std::string_view kTheirSessions = "/sessions";
constexpr std::string_view kTheirSession = "/sessions/";
constexpr std::string_view kTasks = "/tasks";
constexpr std::string_view kChoice = "/choice";
constexpr std::size_t kLongestId = 128;
constexpr std::size_t kMostRegistered = 64; // beyond that the oldest is forgotten

HttpResponse json(unsigned status, std::string text) {
    HttpResponse response{.status = status, .contentType = "application/json"};
    response.content = std::make_shared<const HttpContent>(std::move(text));
    return response;
}

HttpResponse wrong(unsigned status, std::string_view member, std::string_view words) {
    std::string text;
    JsonWriter out(text);
    out.beginObject().member("error", words);
    if (!member.empty()) {
        out.member("member", member);
    }
    out.endObject();
    return json(status, std::move(text));
}

HttpResponse wrong(const Refusal& refusal) {
    const unsigned status = refusal.code == RefusalCode::notFound        ? 404
                            : refusal.code == RefusalCode::busy          ? 409
                            : refusal.code == RefusalCode::invalidMember ? 400
                                                                         : 503;
    return wrong(status, refusal.member, refusal.message);
}

/// The body, which is an object; an empty one is one without members.
class Body {
public:
    explicit Body(const HttpRequest& request)
        : json_(parseJsonObject(request.body.empty() ? std::string_view("{}") : request.body)),
          reader_(json_ ? json_->get() : nullptr) {
        if (!json_) {
            reader_.reject(json_.error().member, json_.error().message);
        }
    }

    JsonObjectReader& reader() { return reader_; }

    std::optional<HttpResponse> problem() const {
        const auto& problem = reader_.problem();
        return problem ? std::optional(wrong(400, problem->member, problem->message)) : std::nullopt;
    }

private:
    std::expected<JsonHandle, JsonProblem> json_;
    JsonObjectReader reader_;
};

class SessionRoutes {
public:
    explicit SessionRoutes(const SessionDesk& desk) : desk_(desk), sessions_(*desk.sessions()) {}

    HttpResponse sessions(const HttpRequest& request);
    HttpResponse session(const HttpRequest& request);
    HttpResponse theirSessions(const HttpRequest& request);
    HttpResponse theirSession(const HttpRequest& request);
    HttpResponse daemon(const HttpRequest& request);
    HttpResponse daemonSessions(const HttpRequest& request);
    HttpResponse heartbeat(const HttpRequest& request);
    static HttpResponse webSocket(const HttpRequest& request);
    HttpResponse status(const HttpRequest& request) const;

private:
    HttpResponse spawn(SpawnSession wanted, std::string_view path, std::string (*text)(const Session&));
    HttpResponse choose(const HttpRequest& request) const;
    HttpResponse cancel(const SessionId& id) const;
    HttpResponse run(const SessionId& id, SessionTask task) const;
    HttpResponse list() const;

    const SessionDesk& desk_;
    SessionService& sessions_;
    std::deque<std::string> registered_; // orchestrators that said that they are there
};

HttpResponse SessionRoutes::spawn(SpawnSession wanted, std::string_view path,
                                  std::string (*text)(const Session&)) {
    if (wanted.owner.empty()) {
        wanted.owner = "http";
    }
    const auto spawned = sessions_.spawn(std::move(wanted));
    if (!spawned) {
        return wrong(spawned.error());
    }
    HttpResponse response = json(201, text(*sessions_.find(*spawned)));
    response.headers.emplace_back("location", fmt::format("{}{}", path, *spawned));
    return response;
}

HttpResponse SessionRoutes::sessions(const HttpRequest& request) {
    if (request.method != HttpMethod::post) {
        return json(200, V1Sessions::listText(sessions_.list(), sessions_.types()));
    }
    Body body(request);
    SpawnSession wanted = readSpawnSession(body.reader());
    if (auto problem = body.problem()) {
        return *std::move(problem);
    }
    return spawn(std::move(wanted), kSession, &V1Sessions::text);
}

HttpResponse SessionRoutes::choose(const HttpRequest& request) const {
    SessionId id = request.path.substr(kSession.size());
    if (!id.ends_with(kChoice)) {
        return wrong(404, "", "a choice is posted to /api/v1/sessions/ID/choice");
    }
    id.resize(id.size() - kChoice.size());
    Body body(request);
    const std::string choice = body.reader().string("choice", 1, kLongestId);
    if (auto problem = body.problem()) {
        return *std::move(problem);
    }
    const auto done = sessions_.choose(id, choice);
    return done ? HttpResponse{.status = 204} : wrong(done.error());
}

HttpResponse SessionRoutes::session(const HttpRequest& request) {
    if (request.method == HttpMethod::post) {
        return choose(request);
    }
    const SessionId id = request.path.substr(kSession.size());
    const Session* session = sessions_.find(id);
    if (session == nullptr) {
        return wrong(404, "", "there is no such session");
    }
    if (request.method != HttpMethod::remove) {
        return json(200, V1Sessions::text(*session));
    }
    const bool ended = hasEnded(session->state);
    const auto done = ended ? sessions_.forget(id) : sessions_.cancel(id);
    return !done   ? wrong(done.error())
           : ended ? HttpResponse{.status = 204}
                   : json(202, V1Sessions::text(*session));
}

HttpResponse SessionRoutes::list() const {
    std::string text = R"({"sessions":[)";
    for (const Session* session : sessions_.list()) {
        text += text.back() == '[' ? "" : ",";
        text += OrchestratorSessions::text(*session);
    }
    return json(200, text + "]}");
}

HttpResponse SessionRoutes::theirSessions(const HttpRequest& request) {
    if (request.method != HttpMethod::post) {
        return list();
    }
    Body body(request);
    SpawnSession wanted = readOrchestratorSpawn(body.reader());
    if (auto problem = body.problem()) {
        return *std::move(problem);
    }
    return spawn(std::move(wanted), kTheirSession, &OrchestratorSessions::text);
}

HttpResponse SessionRoutes::cancel(const SessionId& id) const {
    if (const auto done = sessions_.cancel(id); !done) {
        return wrong(done.error());
    }
    return json(200, OrchestratorSessions::text(*sessions_.find(id)));
}

HttpResponse SessionRoutes::run(const SessionId& id, SessionTask task) const {
    if (const auto done = sessions_.addTask(id, std::move(task)); !done) {
        return wrong(done.error());
    }
    return json(202, OrchestratorSessions::text(*sessions_.find(id)));
}

HttpResponse SessionRoutes::theirSession(const HttpRequest& request) {
    std::string id = request.path.substr(kTheirSession.size());
    if (request.method == HttpMethod::post) {
        if (!id.ends_with(kTasks)) {
            return wrong(404, "", "a task is posted to /sessions/ID/tasks");
        }
        id.resize(id.size() - kTasks.size());
        Body body(request);
        SessionTask task = readOrchestratorTask(body.reader());
        auto problem = body.problem();
        return problem ? *std::move(problem) : run(id, std::move(task));
    }
    if (request.method == HttpMethod::remove) {
        return cancel(id);
    }
    const Session* session = sessions_.find(id);
    return session != nullptr ? json(200, OrchestratorSessions::text(*session))
                              : wrong(404, "", "there is no such session");
}

HttpResponse SessionRoutes::status(const HttpRequest& /*request*/) const {
    return json(200, OrchestratorSessions::text(sessions_.totals(), desk_.uptime()));
}

HttpResponse SessionRoutes::daemon(const HttpRequest& request) {
    if (!changes(request.method)) {
        return status(request);
    }
    Body body(request);
    const std::string id = body.reader().optionalString("orchestratorId", 1, kLongestId).value_or("default");
    if (auto problem = body.problem()) {
        return *std::move(problem);
    }
    const bool known = std::erase(registered_, id) > 0;
    if (request.method == HttpMethod::remove) {
        return known ? HttpResponse{.status = 204} : wrong(404, "orchestratorId", "it is not registered");
    }
    registered_.push_back(id);
    if (registered_.size() > kMostRegistered) {
        registered_.pop_front();
    }
    std::string text;
    JsonWriter(text).beginObject().member("orchestratorId", id).member("registered", true).endObject();
    return json(known ? 200 : 201, std::move(text));
}

HttpResponse SessionRoutes::heartbeat(const HttpRequest& request) {
    Body body(request);
    const std::string id = body.reader().optionalString("orchestratorId", 1, kLongestId).value_or("default");
    if (auto problem = body.problem()) {
        return *std::move(problem);
    }
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const bool registered = std::ranges::find(registered_, id) != registered_.end();
    std::string text;
    JsonWriter(text)
        .beginObject()
        .member("status", "ok")
        .member("registered", registered)
        .member("timestamp", isoTime(now))
        .endObject();
    return json(200, std::move(text));
}

HttpResponse SessionRoutes::daemonSessions(const HttpRequest& request) {
    if (!changes(request.method) || request.method == HttpMethod::post) {
        return theirSessions(request);
    }
    Body body(request);
    const auto inQuery = queryValue(request.query, "sessionId");
    const std::string id = inQuery ? *inQuery : body.reader().string("sessionId", 1, kLongestId);
    const bool end = request.method == HttpMethod::remove ||
                     body.reader().optionalString("status", 1, kLongestId) == "terminated";
    SessionTask task = end ? SessionTask{} : readOrchestratorTask(body.reader());
    if (auto problem = body.problem()) {
        return *std::move(problem);
    }
    return end ? cancel(id) : run(id, std::move(task));
}

HttpResponse SessionRoutes::webSocket(const HttpRequest& request) {
    std::string text;
    JsonWriter(text)
        .beginObject()
        .member("url", fmt::format("ws://{}{}", request.host, Orchestrator::kPath))
        .member("path", Orchestrator::kPath)
        .member("subprotocol", Orchestrator::kName)
        .endObject();
    return json(200, std::move(text));
}

} // namespace

void addSessionRoutes(Routes& routes, const SessionDesk& desk) {
    if (desk.sessions() == nullptr) {
        return;
    }
    using Methods = std::vector<HttpMethod>;
    const auto shared = std::make_shared<SessionRoutes>(desk);
    const auto add = [&](std::string_view path, auto respond, const Methods& changes = {},
                         bool readable = true) {
        routes.add({.path = path,
                    .audience = Routes::Audience::ownPages,
                    .respond = [shared, respond](
                                   const HttpRequest& request) { return (shared.get()->*respond)(request); },
                    .needs = Grant::sessions,
                    .changes = changes,
                    .readable = readable});
    };
    const Methods post{HttpMethod::post};
    const Methods remove{HttpMethod::remove};
    const Methods both{HttpMethod::post, HttpMethod::remove};
    add(kSessions, &SessionRoutes::sessions, post);
    add(kSession, &SessionRoutes::session, both);
    add(kTheirSessions, &SessionRoutes::theirSessions, post);
    add(kTheirSession, &SessionRoutes::theirSession, both);
    add("/status", &SessionRoutes::status);
    add("/api/daemon", &SessionRoutes::daemon, both);
    add("/api/daemon/sessions", &SessionRoutes::daemonSessions,
        {HttpMethod::post, HttpMethod::patch, HttpMethod::remove});
    add("/api/daemon/heartbeat", &SessionRoutes::heartbeat, post, false);
    routes.add({.path = "/api/daemon/ws",
                .audience = Routes::Audience::ownPages,
                .respond = &SessionRoutes::webSocket,
                .needs = Grant::sessions});
}

} // namespace compositord
