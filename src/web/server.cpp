#include "web/server.hpp"

#include "web/codegen_routes.hpp"

#include <fmt/format.h>

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

Server::Server(const Log& log, Settings settings)
    : log_(log.withCategory(LogCategory::web)), settings_(std::move(settings)),
      stages_(std::move(settings_.stages)), refusals_(log_, metrics_),
      gate_(settings_.access, refusals_,
            [this](HttpMethod method, std::string_view path) { return routes_.takes(method, path); }),
      connections_(settings_.limits),
      acceptor_(connections_, refusals_, settings_.tls.has_value(),
                [this](UniqueFd fd, Connection& connection) { take(std::move(fd), connection); }),
      routes_(stages_, settings_.access, metrics_, settings_.webRoot, [this] { return gauges(); }),
      http_(routes_, metrics_), sessions_(settings_.sessions),
      codegen_(
          [this](ClientNumber number, const CodegenMessage& message,
                 const std::expected<SharedFrame, Refusal>& result) { answer(number, message, result); }) {
    routes_.tellOfCompositors(std::move(settings_.knownCompositors));
}

Result<std::unique_ptr<Server>> Server::create(EventLoop& loop, const Log& log, Settings settings) {
    std::unique_ptr<Server> server(new Server(log, std::move(settings)));
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
    if (answered) {
        return http_.refuse(connection, *answered);
    }
    return upgrade ? refuseStage(connection) : 0;
}

/// A WebSocket for a compositor that is not there.
int Server::refuseStage(lws* connection) {
    const std::string path = headerOf(connection, WSI_TOKEN_GET_URI);
    if (stages_.find(compositorsIn(path))) {
        return 0;
    }
    refusals_.note("compositor", fmt::format("a client at {}", printable(path)));
    return http_.refuse(connection, inWords(404, "There is no such compositor here.\n"));
}

int Server::onHttpWritable(lws* connection) {
    const auto found = clients_.find(connection);
    if (found == clients_.end()) {
        return http_.onWritable(connection);
    }
    onWritable(*found->second);
    return 0;
}

Client& Server::admit(lws* connection, const Stages::Watch& watch, const Dialect& dialect) {
    const ClientNumber number{++lastClient_};
    const auto [place, isNew] =
        clients_.emplace(connection, std::make_unique<Client>(connection, number, watch.stage, dialect,
                                                              metrics_, *traffic_, share(watch.view)));
    place->second->limitTo(watch.view.compositors);
    place->second->setPeer(recordOf(connection)->peer.name);
    traffic_->changed(*place->second);
    log_.debug("a client came that speaks {}; there are {}", dialect.name(), clients_.size());
    numbers_.emplace(number, place->second.get());
    return *place->second;
}

Client& Server::admit(lws* connection) {
    const std::string path = headerOf(connection, WSI_TOKEN_GET_URI);
    std::string_view name = lws_get_protocol(connection)->name;
    if (name == WebContext::kNoSubprotocol) {
        const bool orchestrator = recordOf(connection)->door.orchestrator || path == Orchestrator::kPath;
        name = orchestrator ? Orchestrator::kName : "";
    }
    const auto watch = stages_.find(compositorsIn(path)).value_or(Stages::Watch{stages_.usual(), {}});
    Client& client = admit(connection, watch, *dialects_.find(name));
    client.setDeflates(recordOf(connection)->deflates);
    if (argument(connection, "instance") == client.stage().instance) {
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
    static_cast<void>(client.stage().onRequest({ReleaseInput{}, {.client = client.number()}}));
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
    client.reply(client.dialect().hello(client.stage().world, {client.stage().instance, client.grants()}));
    sessions_.greet(client);
    codegen_.greet(client);
    catchUp(client, now);
    if (const auto silence = client.dialect().silence()) {
        wakeups_->wakeAt(client, now + *silence);
    }
}

void Server::catchUp(Client& client, Client::Clock::time_point now) {
    Stage& stage = client.stage();
    const World& world = stage.world;
    const Revision revision = world.revision();
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
    auto missed = client.revision() == 0 ? std::nullopt : world.changesSince(client.revision());
    if (!missed) {
        client.update(client.dialect().snapshot(world, *client.view()), revision, now);
        return;
    }
    metrics_.updatesMerged += revision - client.revision() - 1;
    client.update(stage.frames.get(&client.dialect(), client.view().get(), client.revision(), revision,
                                   [&] {
                                       missed->changes = seenThrough(*client.view(), missed->changes,
                                                                     world.compositor().gridSize);
                                       return client.dialect().update(world, *missed);
                                   }),
                  revision, now);
}

void Server::publish(const World& world) {
    Stage& stage = stages_.of(world);
    if (!stage.isPublishing) {
        stage.isPublishing = true;
        stage.committed = Client::Clock::now();
        publishing_.trigger();
    }
}

void Server::tellNow() {
    for (const auto& stage : stages_.all()) {
        if (stage->isPublishing) {
            tellAll(*stage);
        }
    }
}

void Server::tellAll(Stage& stage) {
    const auto now = Client::Clock::now();
    const World& world = stage.world;
    stage.isPublishing = false;
    const auto set = world.changesSince(stage.published);
    stage.published = world.revision();
    for (const auto& [connection, owned] : clients_) {
        Client& client = *owned;
        if (&client.stage() != &stage || !client.grants().has(Grant::view)) {
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
                       ? client.dialect().update(world, *set)
                       : client.dialect().update(
                             world, {set->since, set->revision,
                                     seenThrough(view, set->changes, world.compositor().gridSize)});
        };
        metrics_.updatesMerged += set->revision - set->since - 1;
        client.update(stage.frames.get(&client.dialect(), &view, set->since, set->revision, make),
                      set->revision, now);
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
        metrics_.commitToWrite.observe(Client::Clock::now() - client.stage().committed);
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
                  .loopSources = loop_ != nullptr ? loop_->sources() : 0,
                  .revision = stages_.usual().world.revision(),
                  .connected = stages_.usual().world.compositor().connected};
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
    if (view == View{}) {
        return everything_;
    }
    for (const auto& [connection, client] : clients_) {
        if (*client->view() == view) {
            return client->view();
        }
    }
    return std::make_shared<const View>(view);
}

} // namespace compositord
