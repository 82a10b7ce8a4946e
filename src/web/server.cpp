#include "web/server.hpp"

#include "web/codegen_routes.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>
#include <vector>

namespace compositord {

namespace {

// Who needs a token and does not show one in time is of no use.
constexpr std::chrono::seconds kTimeForToken{10};

/// A parameter of the URL's query; empty if it is missing or long.
std::string argument(lws* connection, const std::string& name) {
    std::array<char, 128> value{};
    const char* found = lws_get_urlarg_by_name(connection, (name + "=").c_str(), value.data(), value.size());
    return found != nullptr ? found : "";
}

} // namespace

Server::Server(const Log& log, const World& world, Settings settings, RequestHandler onRequest)
    : log_(log.withCategory("web")), world_(world), settings_(std::move(settings)),
      onRequest_(std::move(onRequest)), refusals_(log_, metrics_),
      gate_(settings_.access, refusals_,
            [this](HttpMethod method, std::string_view path) { return routes_.takes(method, path); }),
      connections_(settings_.limits),
      acceptor_(connections_, refusals_, settings_.tls.has_value(),
                [this](UniqueFd fd, Connection& connection) { take(std::move(fd), connection); }),
      routes_(world_, settings_.access, metrics_, settings_.instance, settings_.webRoot,
              [this] { return gauges(); }),
      http_(routes_, metrics_), events_(settings_.instance), sessions_(settings_.sessions),
      codegen_(
          [this](ClientNumber number, const CodegenMessage& message,
                 const std::expected<SharedFrame, Refusal>& result) { answer(number, message, result); }) {}

Result<std::unique_ptr<Server>> Server::create(EventLoop& loop, const Log& log, const World& world,
                                               Settings settings, RequestHandler onRequest) {
    std::unique_ptr<Server> server(new Server(log, world, std::move(settings), std::move(onRequest)));
    if (auto started = server->start(loop); !started) {
        return std::unexpected(started.error());
    }
    return server;
}

Result<> Server::start(EventLoop& loop) {
    loop_ = &loop;
    auto wakeups = Wakeups::create(loop, [this](Client& client) { onWakeup(client); });
    if (!wakeups) {
        return std::unexpected(wakeups.error());
    }
    wakeups_ = std::move(*wakeups);

    published_ = world_.revision();
    auto publishing = loop.addDeferred([this] { tellNow(); });
    if (!publishing) {
        return std::unexpected(publishing.error());
    }
    publishing_ = std::move(*publishing);

    auto traffic = Traffic::create(loop);
    if (!traffic) {
        return std::unexpected(traffic.error());
    }
    traffic_ = std::move(*traffic);
    auto wire = WireStream::create(loop, settings_.onWireWatched);
    if (!wire) {
        return std::unexpected(wire.error());
    }
    wire_ = std::move(*wire);

    auto context = WebContext::create(
        loop,
        {.callback = &Server::callback, .user = this, .sessionSize = sizeof(Client*), .tls = settings_.tls});
    if (!context) {
        return std::unexpected(context.error());
    }
    context_ = std::move(*context);

    if (!std::filesystem::exists(std::filesystem::path(settings_.webRoot) / "index.html")) {
        log_.warn("there is no page in {}; --web-root names its folder", settings_.webRoot);
    }

    for (ListeningSocket& socket : settings_.sockets) {
        if (auto added = acceptor_.add(loop, std::move(socket)); !added) {
            return added;
        }
    }
    return {};
}

Server::~Server() {
    for (const auto& [connection, client] : clients_) {
        if (lws_partial_buffered(connection) == 0) {
            client->update(client->dialect().goodbye(LWS_CLOSE_STATUS_GOINGAWAY, "compositord ends"),
                           client->revision(), {});
        }
    }
    context_.reset();
}

void Server::offer(CodegenService& codegen) {
    codegen_.offer(codegen);
    addCodegenRoutes(routes_, codegen);
}

void Server::take(UniqueFd fd, Connection& connection) {
    if (context_->adopt(std::move(fd), connection.door.encrypted, &connection) == nullptr) {
        connections_.remove(&connection);
        log_.warn("cannot take another connection");
    }
}

int Server::callback(lws* connection, lws_callback_reasons reason, void* user, void* in, std::size_t length) {
    auto* server = static_cast<Server*>(lws_context_user(lws_get_context(connection)));
    return server->dispatch(connection, reason, static_cast<Client**>(user),
                            {static_cast<const char*>(in), in != nullptr ? length : 0});
}

int Server::dispatch(lws* connection, lws_callback_reasons reason, Client** slot, std::string_view bytes) {
    switch (reason) {
    case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
        return filter(connection, false);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return filter(connection, true);
    case LWS_CALLBACK_CONFIRM_EXTENSION_OKAY: {
        Connection& record = *recordOf(connection);
        record.deflates =
            agreesOnCompression(settings_.compress, record.peer, headerOf(connection, WSI_TOKEN_EXTENSIONS));
        return record.deflates ? 0 : 1;
    }
    case LWS_CALLBACK_HTTP:
        return serve(connection, bytes);
    case LWS_CALLBACK_HTTP_BODY:
        return http_.onBody(connection, bytes);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return http_.onBodyEnd(connection);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return onHttpWritable(connection);
    case LWS_CALLBACK_ESTABLISHED:
        *slot = &admit(connection);
        receiveClient(**slot, recordOf(connection)->identity);
        return 0;
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_CLOSED_HTTP:
        forget(connection);
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        forget(connection);
        connections_.remove(recordOf(connection));
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        onWritable(**slot);
        return 0;
    case LWS_CALLBACK_RECEIVE:
        return receive(connection, **slot, bytes);
    default:
        return 0;
    }
}

int Server::filter(lws* connection, bool upgrade) {
    const auto answered =
        gate_.check(readKnock(connection, upgrade), *recordOf(connection), Client::Clock::now());
    return answered ? http_.refuse(connection, *answered) : 0;
}

int Server::onHttpWritable(lws* connection) {
    const auto found = clients_.find(connection);
    if (found == clients_.end()) {
        return http_.onWritable(connection);
    }
    onWritable(*found->second);
    return 0;
}

Client& Server::admit(lws* connection, const Dialect& dialect) {
    const ClientNumber number{++lastClient_};
    const auto [place, isNew] = clients_.emplace(
        connection, std::make_unique<Client>(connection, number, dialect, metrics_, *traffic_, everything_));
    place->second->setPeer(recordOf(connection)->peer.name);
    traffic_->changed(*place->second);
    log_.debug("a client came that speaks {}; there are {}", dialect.name(), clients_.size());
    numbers_.emplace(number, place->second.get());
    return *place->second;
}

Client& Server::admit(lws* connection) {
    std::string_view name = lws_get_protocol(connection)->name;
    if (name == WebContext::kNoSubprotocol) {
        const bool orchestrator = recordOf(connection)->door.orchestrator ||
                                  headerOf(connection, WSI_TOKEN_GET_URI) == Orchestrator::kPath;
        name = orchestrator ? Orchestrator::kName : "";
    }
    Client& client = admit(connection, *dialects_.find(name));
    client.setDeflates(recordOf(connection)->deflates);
    if (argument(connection, "instance") == settings_.instance) {
        client.setRevision(parseRevision(argument(connection, "revision")));
    }
    return client;
}

void Server::forget(lws* connection) {
    http_.forget(connection);
    streamEnds_.erase(connection);
    const auto found = clients_.find(connection);
    if (found == clients_.end()) {
        return;
    }
    Client& client = *found->second;
    const std::string_view reason = client.ready() ? client.ending() : "stalled";
    ++metrics_.closed[{reason, ""}];
    traffic_->went(client, reason);
    wire_->went(client);
    wakeups_->forget(client);
    sessions_.forget(client);
    codegen_.forget(client);
    numbers_.erase(client.number());
    static_cast<void>(onRequest_({ReleaseInput{}, {.client = client.number()}}));
    clients_.erase(found);
    log_.debug("a client went; there are {}", clients_.size());
}

void Server::receiveClient(Client& client, const Identity& identity) {
    client.setGrants(identity.grants);
    if (identity.known) {
        greet(client);
        return;
    }
    const auto deadline = Client::Clock::now() + kTimeForToken;
    client.setTokenDeadline(deadline);
    client.reply(client.dialect().challenge());
    wakeups_->wakeAt(client, deadline);
}

void Server::greet(Client& client) {
    const auto now = Client::Clock::now();
    client.setTokenDeadline(std::nullopt);
    client.reply(client.dialect().hello(world_, {settings_.instance, client.grants()}));
    sessions_.greet(client);
    codegen_.greet(client);
    catchUp(client, now);
    if (const auto silence = client.dialect().silence()) {
        wakeups_->wakeAt(client, now + *silence);
    }
}

void Server::catchUp(Client& client, Client::Clock::time_point now) {
    const Revision revision = world_.revision();
    if (client.revision() == revision || !client.grants().has(Grant::view)) {
        return;
    }
    if (client.nextUpdate() > now) {
        wakeups_->wakeAt(client, client.nextUpdate());
        return;
    }
    if (!client.ready()) {
        client.requestWritable();
        return;
    }
    // A client at revision 0 was told nothing yet.
    auto missed = client.revision() == 0 ? std::nullopt : world_.changesSince(client.revision());
    if (!missed) {
        client.update(client.dialect().snapshot(world_, *client.view()), revision, now);
        return;
    }
    metrics_.updatesMerged += revision - client.revision() - 1;
    client.update(frames_.get(&client.dialect(), client.view().get(), client.revision(), revision,
                              [&] {
                                  missed->changes = seenThrough(*client.view(), missed->changes,
                                                                world_.compositor().gridSize);
                                  return client.dialect().update(world_, *missed);
                              }),
                  revision, now);
}

void Server::publish() {
    if (!isPublishing_) {
        isPublishing_ = true;
        committed_ = Client::Clock::now();
        publishing_.trigger();
    }
}

void Server::tellNow() {
    if (isPublishing_) {
        tellAll();
    }
}

void Server::tellAll() {
    const auto now = Client::Clock::now();
    isPublishing_ = false;
    const auto set = world_.changesSince(published_);
    published_ = world_.revision();
    for (const auto& [connection, owned] : clients_) {
        Client& client = *owned;
        if (!client.grants().has(Grant::view)) {
            continue;
        }
        if (!set || client.revision() != set->since || client.nextUpdate() > now) {
            tell(client, now);
            continue;
        }
        if (!client.ready()) {
            client.requestWritable();
            continue;
        }
        const View& view = *client.view();
        const auto make = [&] {
            return view == View{}
                       ? client.dialect().update(world_, *set)
                       : client.dialect().update(
                             world_, {set->since, set->revision,
                                      seenThrough(view, set->changes, world_.compositor().gridSize)});
        };
        metrics_.updatesMerged += set->revision - set->since - 1;
        client.update(frames_.get(&client.dialect(), &view, set->since, set->revision, make), set->revision,
                      now);
        measure(client, set->since);
    }
}

void Server::tell(Client& client, Client::Clock::time_point now) {
    const Revision since = client.revision();
    catchUp(client, now);
    measure(client, since);
}

void Server::measure(const Client& client, Revision since) {
    // A new client, and one that wants to be told late, would count as slow.
    if (since != 0 && client.revision() != since && !client.limited()) {
        metrics_.commitToWrite.observe(Client::Clock::now() - committed_);
    }
}

void Server::onWritable(Client& client) {
    if (client.onWritable()) {
        tell(client, Client::Clock::now());
        traffic_->onReady(client);
        wire_->onReady(client);
        sessions_.onReady(client);
        codegen_.onReady(client);
    }
    expectReading(client);
}

void Server::onWakeup(Client& client) {
    const auto now = Client::Clock::now();
    if (client.closing()) {
        return;
    }
    if (const auto deadline = client.tokenDeadline()) {
        if (*deadline <= now) {
            refusals_.note("no_token", "a client that showed no token in time");
            client.close("no_token", "a token is needed, and none came");
        } else {
            wakeups_->wakeAt(client, *deadline);
        }
        return;
    }
    catchUp(client, now);
    const auto silence = client.dialect().silence();
    if (!silence) {
        return;
    }
    if (client.lastSent() + *silence <= now) {
        client.reply(client.dialect().heartbeat());
    }
    wakeups_->wakeAt(client, client.lastSent() + *silence);
    if (client.ready()) {
        expectReading(client);
    }
}

Result<UniqueFd> Server::connect() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) < 0) {
        return failure(errno, "cannot make a connection");
    }
    UniqueFd ours(ends[0]);
    UniqueFd theirs(ends[1]);
    if (const int flags = fcntl(ours.get(), F_GETFL); fcntl(ours.get(), F_SETFL, flags | O_NONBLOCK) < 0) {
        return failure(errno, "cannot make a connection");
    }
    acceptor_.admit(std::move(ours), {.control = true});
    return theirs;
}

Gauges Server::gauges() const {
    Gauges gauges{.connections = connections_.size(),
                  .revision = world_.revision(),
                  .connected = world_.compositor().connected};
    for (const auto& [connection, client] : clients_) {
        ++gauges.clients[client->dialect().name()];
    }
    if (const SessionService* sessions = sessions_.sessions()) {
        const SessionTotals totals = sessions->totals();
        gauges.sessions = {{"queued", totals.queued}, {"running", totals.running}};
        gauges.sessionsEnded = {
            {"cancelled", totals.cancelled}, {"completed", totals.completed}, {"failed", totals.failed}};
    }
    if (settings_.busMalformed) {
        gauges.busMalformed = settings_.busMalformed();
    }
    if (settings_.progressMalformed) {
        gauges.progressMalformed = settings_.progressMalformed();
    }
    return gauges;
}

std::shared_ptr<const View> Server::share(const View& view) const {
    for (const auto& [connection, client] : clients_) {
        if (*client->view() == view) {
            return client->view();
        }
    }
    return std::make_shared<const View>(view);
}

} // namespace compositord
