// HTTP requests that reach the server, and those of them that begin a stream of server-sent events.

#include "web/server.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace compositord {

namespace {

// An event stream whose reader takes nothing for so long is given up.
constexpr int kStreamStallSeconds = 40;

} // namespace

int Server::serve(lws* connection, std::string_view path) {
    struct Stream {
        std::string_view path;
        int (Server::*begin)(lws* connection, const HttpRequest& request);
    };

    static constexpr std::array kStreams{
        Stream{Routes::kEvents, &Server::follow}, Stream{Routes::kTraffic, &Server::inspect},
        Stream{Routes::kWayland, &Server::watchWire}, Stream{Routes::kSessionEvents, &Server::followSessions},
        Stream{Routes::kDaemonEvents, &Server::followSessions}};
    HttpRequest request = readRequest(connection, path, recordOf(connection)->identity);
    if (changes(request.method)) {
        return http_.receive(connection, std::move(request));
    }
    const auto* const stream = std::ranges::find(kStreams, request.path, &Stream::path);
    if (stream == kStreams.end() || request.method == HttpMethod::head) {
        return http_.respond(connection, request);
    }
    if (const auto refused = routes_.refusal(request)) {
        return http_.refuse(connection, *refused);
    }
    return (this->*stream->begin)(connection, request);
}

int Server::follow(lws* connection, const HttpRequest& request) {
    const auto watch = stages_.find(queryValue(request.query, "compositor").value_or(""));
    if (!watch) {
        return http_.refuse(connection, inWords(404, "There is no such compositor here.\n"));
    }
    Client* client = stream(connection, request, *watch, watch->stage.events);
    if (client == nullptr) {
        return -1;
    }
    ++metrics_.httpRequests[{Routes::kEvents, "200"}];
    const auto last = parseEventId(request.lastEventId);
    if (last && last->instance == watch->stage.instance) {
        client->setRevision(last->revision);
    }
    receiveClient(*client, recordOf(connection)->identity);
    expectReading(*client);
    return 0;
}

int Server::followSessions(lws* connection, const HttpRequest& request) {
    const bool orchestrator = request.path == Routes::kDaemonEvents;
    FollowSession wanted{.session = queryValue(request.query, "session").value_or("")};
    const std::string since =
        request.lastEventId.empty() ? queryValue(request.query, "since").value_or("") : request.lastEventId;
    wanted.since = parseRevision(since);
    const SessionService* service = sessions_.sessions();
    if (service == nullptr || (!wanted.session.empty() && service->find(wanted.session) == nullptr)) {
        return http_.refuse(connection, inWords(404, "There is no such session.\n"));
    }
    Client* client =
        stream(connection, request, {stages_.usual(), {}}, orchestrator ? daemonStream_ : sessionStream_);
    if (client == nullptr) {
        return -1;
    }
    ++metrics_.httpRequests[{orchestrator ? Routes::kDaemonEvents : Routes::kSessionEvents, "200"}];
    receiveClient(*client, recordOf(connection)->identity);
    (void)sessions_.follow(*client, wanted); // it is there
    expectReading(*client);
    return 0;
}

int Server::inspect(lws* connection, const HttpRequest& request) {
    Client* client = stream(connection, request, {stages_.usual(), {}}, traffic_->dialect());
    if (client == nullptr) {
        return -1;
    }
    ++metrics_.httpRequests[{Routes::kTraffic, "200"}];
    std::vector<const Client*> clients;
    clients.reserve(clients_.size());
    for (const auto& [other, owned] : clients_) {
        clients.push_back(owned.get());
    }
    receiveClient(*client, recordOf(connection)->identity);
    traffic_->watch(*client, clients);
    expectReading(*client);
    return 0;
}

int Server::watchWire(lws* connection, const HttpRequest& request) {
    Client* client = stream(connection, request, {stages_.usual(), {}}, wire_->dialect());
    if (client == nullptr) {
        return -1;
    }
    ++metrics_.httpRequests[{Routes::kWayland, "200"}];
    receiveClient(*client, recordOf(connection)->identity);
    wire_->watch(*client);
    expectReading(*client);
    return 0;
}

/// Begins a stream of server-sent events; null if the connection is to be closed.
Client* Server::stream(lws* connection, const HttpRequest& request, const Stages::Watch& watch,
                       const Dialect& dialect) {
    HttpResponse head{.contentType = "text/event-stream"};
    routes_.share(head, request);
    if (!beginStream(connection, head)) {
        return nullptr;
    }
    Client& client = admit(connection, watch, dialect);
    // libwebsockets takes a reader that went for one that has only nothing more to ask, until a write fails.
    auto end = loop_->addIo(lws_get_socket_fd(connection), EPOLLRDHUP, [connection](std::uint32_t) {
        lws_set_timeout(connection, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    });
    if (end) {
        streamEnds_.insert_or_assign(connection, std::move(*end));
    }
    return &client;
}

void Server::expectReading(Client& client) {
    if (!client.dialect().webSocket()) {
        client.expectProgress(kStreamStallSeconds);
    }
}

} // namespace compositord
