#include "web/server.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <utility>
#include <vector>

namespace compositord {

namespace {

// A connection that is silent for so long is asked whether it is still there, and given up a while later.
constexpr std::uint16_t kPingAfterSeconds = 30;
constexpr std::uint16_t kHangUpAfterSeconds = 40;

// What the kernel buffers for a client is state on its way that gets old: enough for a burst, no more.
constexpr int kSendBuffer = 128 * 1024;

// How libwebsockets knows the dialect of clients that name none.
constexpr const char* kNoSubprotocol = "default";

// A browser keeps a connection for its next request; the header of a request comes quickly, and is short.
constexpr int kIdleSeconds = 60;
constexpr unsigned kHeaderSeconds = 10;
constexpr unsigned kLongestHeader = 8192;

// An event stream whose reader takes nothing for so long is given up.
constexpr int kStreamStallSeconds = kHangUpAfterSeconds;

// In one piece instead of libwebsockets' default of 4 KiB pieces.
constexpr std::size_t kTxPacketSize = 65536;

/// A parameter of the URL's query; empty if it is missing or long.
std::string argument(lws* connection, const std::string& name) {
    std::array<char, 128> value{};
    const char* found = lws_get_urlarg_by_name(connection, (name + "=").c_str(), value.data(), value.size());
    return found != nullptr ? found : "";
}

/// 0, which nobody has, for anything that is not a revision.
Revision parseRevision(std::string_view text) {
    Revision revision = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), revision);
    return result.ec == std::errc() && result.ptr == text.data() + text.size() ? revision : 0;
}

bool isWebSocket(std::string_view upgrade) {
    return std::ranges::equal(upgrade, std::string_view("websocket"), {}, [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
}

} // namespace

Server::Server(const Log& log, const World& world, Settings settings, RequestHandler onRequest)
    : log_(log.withCategory("web")), world_(world), settings_(std::move(settings)),
      onRequest_(std::move(onRequest)), routes_(world_, settings_.access, metrics_, settings_.instance,
                                                settings_.webRoot, [this] { return gauges(); }),
      http_(routes_, metrics_), events_(settings_.instance) {}

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
    auto uv = UvLoop::create(loop);
    if (!uv) {
        return std::unexpected(uv.error());
    }
    uv_ = std::move(*uv);

    auto wakeups = Wakeups::create(loop, [this](Client& client) { onWakeup(client); });
    if (!wakeups) {
        return std::unexpected(wakeups.error());
    }
    wakeups_ = std::move(*wakeups);

    auto traffic = Traffic::create(loop);
    if (!traffic) {
        return std::unexpected(traffic.error());
    }
    traffic_ = std::move(*traffic);

    static constexpr auto protocol = [](const char* name) {
        return lws_protocols{name, &Server::callback, sizeof(Client*), 4096, 0, nullptr, kTxPacketSize};
    };
    // The first one is for HTTP and for clients that ask for no subprotocol.
    static constexpr std::array<lws_protocols, 5> protocols{{
        protocol(kNoSubprotocol),
        protocol(Dialects::kNames[0]),
        protocol(Dialects::kNames[1]),
        protocol(Dialects::kNames[2]),
        {nullptr, nullptr, 0, 0, 0, nullptr, 0},
    }};
    static constexpr lws_retry_bo_t keepAlive{.secs_since_valid_ping = kPingAfterSeconds,
                                              .secs_since_valid_hangup = kHangUpAfterSeconds};

    std::array<void*, 1> foreignLoops{uv_->get()};
    lws_context_creation_info info{};
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_VALIDATE_UTF8;
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER; // connections are accepted here and handed over
    info.vhost_name = "compositord";
    info.protocols = protocols.data();
    info.foreign_loops = foreignLoops.data();
    info.retry_and_idle_policy = &keepAlive;
    info.keepalive_timeout = kIdleSeconds;
    info.timeout_secs_ah_idle = kHeaderSeconds;
    info.max_http_header_data2 = kLongestHeader;
    info.server_string = "compositord";
    info.user = this;
    info.uid = info.gid = static_cast<decltype(info.uid)>(-1);

    lws_set_log_level(LLL_ERR, nullptr);
    context_.reset(lws_create_context(&info));
    vhost_ = context_ ? lws_get_vhost_by_name(context_.get(), info.vhost_name) : nullptr;
    if (vhost_ == nullptr) {
        return failure(0, "libwebsockets cannot start; is libwebsockets-evlib-uv installed?");
    }
    if (!std::filesystem::exists(std::filesystem::path(settings_.webRoot) / "index.html")) {
        log_.warn("there is no page in {}; --web-root names its folder", settings_.webRoot);
    }

    auto accepting = loop.addIo(settings_.socket.fd.get(), EPOLLIN, [this](std::uint32_t) { accept(); });
    if (!accepting) {
        return std::unexpected(accepting.error());
    }
    accept_ = std::move(*accepting);
    return {};
}

Server::~Server() {
    for (const auto& [connection, client] : clients_) {
        if (lws_partial_buffered(connection) == 0) {
            client->update(client->dialect().goodbye(), client->revision(), {});
        }
    }
    // On a foreign loop destroying the context only begins; it ends when the loop has closed the handles.
    lws_context* const context = context_.release();
    lws_context_destroy(context);
    if (uv_) {
        uv_->drain();
    }
    lws_context_destroy(context);
}

void Server::accept() {
    for (;;) {
        UniqueFd fd(::accept4(settings_.socket.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd) {
            return; // EAGAIN; any other error concerns that one connection, or comes again
        }
        setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
        // It closes the descriptor itself when it cannot take it.
        if (lws_adopt_socket_vhost(vhost_, fd.release()) == nullptr) {
            log_.warn("cannot take another connection");
        }
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
    case LWS_CALLBACK_HTTP:
        return serve(connection, bytes);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return onHttpWritable(connection);
    case LWS_CALLBACK_ESTABLISHED:
        *slot = &admit(connection);
        greet(**slot);
        return 0;
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_WSI_DESTROY:
        forget(connection);
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

int Server::filter(lws* connection, bool webSocket) {
    const std::string host = headerOf(connection, WSI_TOKEN_HOST);
    const std::string origin = headerOf(connection, WSI_TOKEN_ORIGIN);
    if (!Access::hostAllowed(host) || (webSocket && !settings_.access.originAllowed(origin, host))) {
        log_.warn("refused a request with Host {} and Origin {}; --allow-origin allows a page's origin",
                  printable(host), printable(origin));
        return http_.refuse(connection, 403, "This host or origin is not allowed here.\n");
    }
    if (lws_hdr_total_length(connection, WSI_TOKEN_GET_URI) <= 0 &&
        lws_hdr_total_length(connection, WSI_TOKEN_HEAD_URI) <= 0) {
        return http_.refuse(connection, 405, "Only GET and HEAD are of use here.\n");
    }
    if (webSocket && !isWebSocket(headerOf(connection, WSI_TOKEN_UPGRADE))) {
        return http_.refuse(connection, 400, "There is nothing to upgrade to but WebSocket.\n");
    }
    const std::string offered = webSocket ? headerOf(connection, WSI_TOKEN_PROTOCOL) : "";
    if (!offered.empty() && !Dialects::offered(offered)) {
        log_.warn("refused a client that knows no subprotocol of ours but {}", printable(offered));
        return http_.refuse(connection, 400,
                            fmt::format("None of these subprotocols is known here. Known: {}\n",
                                        fmt::join(Dialects::kNames, ", ")));
    }
    return 0;
}

int Server::serve(lws* connection, std::string_view path) {
    const HttpRequest request = readRequest(connection, path);
    if ((request.path != Routes::kEvents && request.path != Routes::kTraffic) || request.head) {
        return http_.respond(connection, request);
    }
    if (const auto refused = routes_.refusal(request)) {
        return http_.refuse(connection, refused->status, *refused->content->pieces().front());
    }
    return request.path == Routes::kTraffic ? inspect(connection) : follow(connection, request);
}

int Server::follow(lws* connection, const HttpRequest& request) {
    Client* client = stream(connection, events_, Routes::kEvents);
    if (client == nullptr) {
        return -1;
    }
    const auto last = parseEventId(request.lastEventId);
    if (last && last->instance == settings_.instance) {
        client->setRevision(last->revision);
    }
    greet(*client);
    expectReading(*client);
    return 0;
}

int Server::inspect(lws* connection) {
    if (!settings_.grants.has(Grant::inspect)) {
        return http_.refuse(connection, 403, "Seeing the traffic of all clients needs the grant inspect.\n");
    }
    Client* client = stream(connection, traffic_->dialect(), Routes::kTraffic);
    if (client == nullptr) {
        return -1;
    }
    std::vector<const Client*> clients;
    clients.reserve(clients_.size());
    for (const auto& [other, owned] : clients_) {
        clients.push_back(owned.get());
    }
    greet(*client);
    traffic_->watch(*client, clients);
    expectReading(*client);
    return 0;
}

/// Begins a stream of server-sent events; null if the connection is to be closed.
Client* Server::stream(lws* connection, const Dialect& dialect, std::string_view route) {
    if (!beginStream(connection, "text/event-stream")) {
        return nullptr;
    }
    ++metrics_.httpRequests[{route, "200"}];
    Client& client = admit(connection, dialect);
    // libwebsockets takes a reader that went for one that has only nothing more to ask, until a write fails.
    auto end = loop_->addIo(lws_get_socket_fd(connection), EPOLLRDHUP, [connection](std::uint32_t) {
        lws_set_timeout(connection, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    });
    if (end) {
        streamEnds_.insert_or_assign(connection, std::move(*end));
    }
    return &client;
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
    place->second->setGrants(settings_.grants);
    traffic_->changed(*place->second);
    log_.debug("a client came that speaks {}; there are {}", dialect.name(), clients_.size());
    numbers_.emplace(number, place->second.get());
    return *place->second;
}

Client& Server::admit(lws* connection) {
    const std::string_view name = lws_get_protocol(connection)->name;
    Client& client = admit(connection, *dialects_.find(name == kNoSubprotocol ? "" : name));
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
    wakeups_->forget(client);
    numbers_.erase(client.number());
    static_cast<void>(onRequest_({ReleaseInput{}, {.client = client.number()}}));
    clients_.erase(found);
    log_.debug("a client went; there are {}", clients_.size());
}

void Server::greet(Client& client) {
    const auto now = Client::Clock::now();
    client.reply(client.dialect().hello(world_, settings_.instance));
    catchUp(client, now);
    if (const auto silence = client.dialect().silence()) {
        wakeups_->wakeAt(client, now + *silence);
    }
}

void Server::catchUp(Client& client, Client::Clock::time_point now) {
    const Revision revision = world_.revision();
    if (client.revision() == revision) {
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

void Server::publish(const ChangeSet& set) {
    const auto now = Client::Clock::now();
    committed_ = now;
    for (const auto& [connection, owned] : clients_) {
        Client& client = *owned;
        if (client.revision() != set.since || client.nextUpdate() > now) {
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
                       ? client.dialect().update(world_, set)
                       : client.dialect().update(
                             world_, {set.since, set.revision,
                                      seenThrough(view, set.changes, world_.compositor().gridSize)});
        };
        client.update(frames_.get(&client.dialect(), &view, set.since, set.revision, make), set.revision,
                      now);
        measure(client, set.since);
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
    }
    expectReading(client);
}

void Server::expectReading(Client& client) {
    if (!client.dialect().webSocket()) {
        client.expectProgress(kStreamStallSeconds);
    }
}

void Server::onWakeup(Client& client) {
    const auto now = Client::Clock::now();
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

Gauges Server::gauges() const {
    Gauges gauges{.revision = world_.revision(), .connected = world_.compositor().connected};
    for (const auto& [connection, client] : clients_) {
        ++gauges.clients[client->dialect().name()];
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
