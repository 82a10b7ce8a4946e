#include "web/codegen_routes.hpp"

#include "base/json_writer.hpp"
#include "web/v1_codegen.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

namespace compositord {

namespace {

constexpr std::string_view kAll = "/api/v1/codegen";
constexpr std::string_view kReport = "/api/v1/codegen/report";
constexpr std::string_view kTasks = "/api/v1/codegen/tasks/";

HttpResponse json(unsigned status, std::string text) {
    HttpResponse response{.status = status, .contentType = "application/json"};
    response.content = std::make_shared<const HttpContent>(std::move(text));
    return response;
}

HttpResponse wrong(const Refusal& refusal) {
    const unsigned status = refusal.code == RefusalCode::notFound        ? 404
                            : refusal.code == RefusalCode::invalidMember ? 400
                            : refusal.code == RefusalCode::forbidden     ? 403
                            : refusal.code == RefusalCode::busy || refusal.code == RefusalCode::unsupported
                                ? 409
                                : 503;
    std::string text;
    JsonWriter out(text);
    out.beginObject().member("error", refusal.message);
    if (!refusal.member.empty()) {
        out.member("member", refusal.member);
    }
    out.endObject();
    return json(status, std::move(text));
}

/// A response that is there when the service has answered.
template <class T, class Ask> HttpResponse later(const Ask& ask) {
    HttpResponse response;
    response.later = [ask](HttpResponse::Finish finish) {
        ask(CodegenService::Answer<T>([finish = std::move(finish)](std::expected<T, Refusal> known) {
            finish(known ? json(200, V1Codegen::text(*known)) : wrong(known.error()));
        }));
    };
    return response;
}

using Decide = void (CodegenService::*)(const CodegenTaskId&, CodegenService::Answer<CodegenTask>);

struct Decision {
    std::string_view path;
    Decide decide;
};

constexpr std::array kDecisions{Decision{"/apply", &CodegenService::apply},
                                Decision{"/discard", &CodegenService::discard},
                                Decision{"/revert", &CodegenService::revert}};
constexpr std::string_view kRun = "/run";

HttpResponse run(CodegenService& codegen, const CodegenTaskId& id) {
    const auto session = codegen.run(id, "http");
    const CodegenTask* task = session ? codegen.find(id) : nullptr;
    if (task == nullptr) {
        return wrong(session ? Refusal{RefusalCode::notFound, "task", "there is no such task any more"}
                             : session.error());
    }
    HttpResponse response = json(201, V1Codegen::text(*task));
    response.headers.emplace_back("location", fmt::format("/api/v1/sessions/{}", *session));
    return response;
}

HttpResponse onTask(CodegenService& codegen, const HttpRequest& request) {
    CodegenTaskId id = request.path.substr(kTasks.size());
    if (!changes(request.method)) {
        return later<CodegenDetails>([&codegen, id](CodegenService::Answer<CodegenDetails> answer) {
            codegen.details(id, std::move(answer));
        });
    }
    if (id.ends_with(kRun)) {
        id.resize(id.size() - kRun.size());
        return run(codegen, id);
    }
    for (const Decision& decision : kDecisions) {
        if (id.ends_with(decision.path)) {
            id.resize(id.size() - decision.path.size());
            return later<CodegenTask>(
                [&codegen, id, decide = decision.decide](CodegenService::Answer<CodegenTask> answer) {
                    (codegen.*decide)(id, std::move(answer));
                });
        }
    }
    return wrong({RefusalCode::notFound, "",
                  "post to /api/v1/codegen/tasks/ID/run, or to apply, discard or revert there"});
}

} // namespace

void addCodegenRoutes(Routes& routes, CodegenService& codegen) {
    const auto add = [&](std::string_view path, Routes::Handler respond,
                         std::vector<HttpMethod> changes = {}) {
        routes.add({.path = path,
                    .audience = Routes::Audience::ownPages,
                    .respond = std::move(respond),
                    .needs = Grant::sessions,
                    .changes = std::move(changes)});
    };
    add(kAll, [&codegen](const HttpRequest&) { return json(200, V1Codegen::listText(codegen)); });
    add(kReport, [&codegen](const HttpRequest&) { return json(200, V1Codegen::text(codegen.report())); });
    add(kTasks, [&codegen](const HttpRequest& request) { return onTask(codegen, request); },
        {HttpMethod::post});
}

} // namespace compositord
