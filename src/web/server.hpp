// HTTP and WebSocket: serves the page, mirrors the world to every client, hands their requests on.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "web/acceptor.hpp"
#include "web/access.hpp"
#include "web/client.hpp"
#include "web/codegen_desk.hpp"
#include "web/connections.hpp"
#include "web/dialects.hpp"
#include "web/gate.hpp"
#include "web/http_service.hpp"
#include "web/listener.hpp"
#include "web/metrics.hpp"
#include "web/refusals.hpp"
#include "web/routes.hpp"
#include "web/session_desk.hpp"
#include "web/session_stream.hpp"
#include "web/stage.hpp"
#include "web/traffic.hpp"
#include "web/wakeups.hpp"
#include "web/web_context.hpp"
#include "web/wire_stream.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace compositord {

class Server {
public:
    struct Settings {
        std::vector<Stage::Settings> stages; // at least one
        std::vector<ListeningSocket> sockets;
        std::string webRoot; // folder with index.html
        Access access;
        Connections::Limits limits;
        std::optional<TlsFiles> tls; // for all that comes over TCP
        Compress compress = Compress::remote;
        SessionService* sessions = nullptr;               // outlives the server; null: there are none
        std::function<std::uint64_t()> busMalformed;      // for the metrics; empty: none
        std::function<std::uint64_t()> progressMalformed; // for the metrics; empty: none
        std::string knownCompositors = "[]";              // a list of JSON
        WireStream::Handler onWireWatched;                // empty: there is nothing to see
    };

    /// The loop outlives the server.
    static Result<std::unique_ptr<Server>> create(EventLoop& loop, const Log& log, Settings settings);

    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    /// Tells the clients of what this world has changed, soon: when all that has come from the compositor is
    /// read, so that it never waits for clients, and many changes at a time become one message.
    void publish(const World& world);

    /// From now on these are the tokens. Clients that hold another one, or that it now grants something else,
    /// have to come again.
    void setTokens(Tokens tokens);

    /// Answers a request whose handler said that its outcome is known later. Nothing if the client is gone.
    void answer(const Request& request, const CommandResult& result);

    /// A socket that is connected to this server as one that came by the control socket is: the other end.
    Result<UniqueFd> connect();

    std::size_t clientCount() const { return clients_.size(); }

    /// From now on clients can ask for generated code; the service outlives the server.
    void offer(CodegenService& codegen);

    /// For routes about sessions.
    const SessionDesk& sessions() const { return sessions_; }

    /// For routes of other parts of the program.
    Routes& routes() { return routes_; }

    Gauges gauges() const;

    /// Wayland messages for those who look at them.
    WireStream& wire() { return *wire_; }

private:
    Server(const Log& log, Settings settings);
    Result<> start(EventLoop& loop);
    void take(UniqueFd fd, Connection& connection);

    static int callback(lws* connection, lws_callback_reasons reason, void* user, void* in,
                        std::size_t length);
    int dispatch(lws* connection, lws_callback_reasons reason, Client** slot, std::string_view bytes);

    /// What the acceptor made of it; null for what libwebsockets made for itself.
    static Connection* recordOf(lws* connection) {
        return static_cast<Connection*>(lws_get_opaque_user_data(connection));
    }

    int filter(lws* connection, bool upgrade);
    int refuseStage(lws* connection);
    int serve(lws* connection, std::string_view path);
    int follow(lws* connection, const HttpRequest& request);
    int followSessions(lws* connection, const HttpRequest& request);
    int inspect(lws* connection, const HttpRequest& request);
    int watchWire(lws* connection, const HttpRequest& request);
    Client* stream(lws* connection, const HttpRequest& request, const Stages::Watch& watch,
                   const Dialect& dialect);
    int onHttpWritable(lws* connection);
    Client& admit(lws* connection);
    Client& admit(lws* connection, const Stages::Watch& watch, const Dialect& dialect);
    void forget(lws* connection);
    void tellNow();
    void tellAll(Stage& stage);
    void tell(Client& client, Client::Clock::time_point now);
    void measure(const Client& client, Revision since);
    void onWritable(Client& client);
    void expectReading(Client& client);
    void receiveClient(Client& client, const Identity& identity);
    void greet(Client& client);
    void catchUp(Client& client, Client::Clock::time_point now);
    void onWakeup(Client& client);
    int receive(lws* connection, Client& client, std::string_view bytes);
    void handle(Client& client, Connection& connection);
    bool paced(Client& client);
    void onMessage(Client& client, Connection& connection, const Auth& auth);
    void onMessage(Client& client, Request& request);
    void onMessage(Client& client, const Ping& ping);
    void onMessage(Client& client, const Subscribe& subscribe);
    void onMessage(Client& client, const Resume& resume);
    void onMessage(Client& client, const Heartbeat& heartbeat);
    void onMessage(Client& client, const HealthCheck& check);
    void onMessage(Client& client, const SessionMessage& message);
    void onMessage(Client& client, const CodegenMessage& message);
    void answer(ClientNumber number, const CodegenMessage& message,
                const std::expected<SharedFrame, Refusal>& result);
    std::shared_ptr<const View> share(const View& view) const;

    Log log_;
    Settings settings_;
    Stages stages_;
    Metrics metrics_;
    Refusals refusals_;
    Gate gate_;
    Connections connections_;
    Acceptor acceptor_;
    Routes routes_;
    HttpService http_;
    Dialects dialects_;
    SessionStream sessionStream_{SessionStream::Kind::v1};
    SessionStream daemonStream_{SessionStream::Kind::orchestrator};
    std::shared_ptr<const View> everything_ = std::make_shared<const View>();
    std::unique_ptr<Traffic> traffic_;
    std::unique_ptr<WireStream> wire_;
    std::unordered_map<lws*, std::unique_ptr<Client>> clients_;
    std::unordered_map<ClientNumber, Client*> numbers_;
    std::uint64_t lastClient_ = 0;
    std::unique_ptr<Wakeups> wakeups_;
    SessionDesk sessions_;
    CodegenDesk codegen_;
    std::unordered_map<lws*, EventSource> streamEnds_;
    EventLoop* loop_ = nullptr;
    EventSource publishing_;
    std::unique_ptr<WebContext> context_; // its end calls back into all of the above
};

} // namespace compositord
