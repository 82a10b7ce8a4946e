// Mirrors what another compositord mirrors, as one of its clients over a WebSocket.
#pragma once

#include "base/backoff.hpp"
#include "base/log.hpp"
#include "base/worker.hpp"
#include "compositor/driver.hpp"
#include "compositor/tls_client.hpp"
#include "compositor/unix_stream.hpp"
#include "compositor/v1_peer.hpp"
#include "compositor/web_socket.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace compositord {

class RemoteDriver final : public Driver {
public:
    static constexpr const char* kName = "compositord";

    struct Settings {
        std::string name;          // what people call it here
        std::string address;       // of its host, or the path of its Unix socket
        std::uint16_t port = 0;    // of an address of a host
        std::string compositor;    // which one of those that it mirrors; empty: all that it shows
        std::string tokenFile;     // its first line is the token; empty: none
        bool encrypted = false;    // by TLS
        std::string authorities{}; // a file with the certificates that are trusted then; empty: the system's
        std::vector<std::string> own{}; // the instances that this process shows, which are not mirrored
    };

    /// Connects, or begins to wait. The loop outlives the driver.
    static Result<std::unique_ptr<RemoteDriver>> create(EventLoop& loop, const Log& log, Settings settings,
                                                        Listener listener);

    CommandResult request(const Request& request) override;

private:
    RemoteDriver(EventLoop& loop, const Log& log, Settings settings, Listener listener);
    Result<> start();
    void tryToConnect();
    void connectTo(const std::string& numericAddress);
    void attach(UniqueFd fd);
    CommandResult sendInput(ClientNumber who, const Input* input);
    bool transmit(std::string_view text);
    void onData(std::string_view bytes);
    void onText(std::string_view bytes);
    void onMessage(std::string_view text);
    void end(const V1Peer::Fault& fault);
    void onLost(const std::string& reason);
    void waitAgain(const std::string& reason);

    EventLoop& loop_;
    Log log_;
    Settings settings_;
    Listener listener_;
    V1Peer peer_;
    bool told_ = false;  // that it is connected
    bool ended_ = false; // by what it said
    Backoff backoff_;
    EventSource retry_;
    EventSource silence_;
    std::optional<WebSocketReader> reader_;
    std::unique_ptr<UnixStream> stream_;
    std::unique_ptr<TlsClient> tls_;   // null: it is not encrypted
    std::unique_ptr<Worker> resolver_; // its end drops what it would call
};

} // namespace compositord
