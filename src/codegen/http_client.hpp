// Requests over HTTP to servers elsewhere, on libwebsockets in the one loop. Knows nothing of models.
#pragma once

#include "base/afterwards.hpp"
#include "base/event_loop.hpp"
#include "base/uv_loop.hpp"
#include "base/worker.hpp"

#include <libwebsockets.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace compositord {

struct HttpCall {
    std::string host; // a name or an address, without brackets
    std::uint16_t port = 0;
    bool encrypted = false;
    std::string method = "GET";
    std::string path = "/"; // with the query
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;

    /// "name:port", or only the name if the port is the usual one.
    std::string hostHeader() const;
};

struct HttpHead {
    unsigned status = 0;
    std::string contentType;
    std::string retryAfter;
};

class HttpExchange;

class HttpClient {
public:
    struct Listener {
        /// The request is on its way; more than once if the server has more than one address.
        std::move_only_function<void()> onConnected;
        std::move_only_function<void(const HttpHead&)> onHead;
        std::move_only_function<void(std::string_view)> onBody;
        /// Once, and nothing after it. `error` is empty if the answer came to its end, as far as the protocol
        /// can tell. Only this one may destroy the exchange.
        std::move_only_function<void(std::string error)> onEnd;
    };

    /// Both outlive it. What costs memory is made at the first request.
    static std::unique_ptr<HttpClient> create(EventLoop& loop, Afterwards& afterwards);

    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// No exchange may be left.
    ~HttpClient();

    /// The listener is never called before this has returned.
    Result<std::unique_ptr<HttpExchange>> start(HttpCall call, Listener listener);

private:
    friend class HttpExchange;

    HttpClient(EventLoop& loop, Afterwards& afterwards) : loop_(loop), afterwards_(afterwards) {}

    Result<> open();
    void resolve(HttpExchange& exchange);
    lws* connect(HttpExchange& exchange, const std::string& address);

    static int callback(lws* connection, lws_callback_reasons reason, void* user, void* in,
                        std::size_t length);

    EventLoop& loop_;
    Afterwards& afterwards_;
    std::array<lws_protocols, 2> protocols_{};
    std::unique_ptr<Worker> resolver_;
    std::unique_ptr<UvLoop> uv_;
    lws_context* context_ = nullptr;
    lws_vhost* host_ = nullptr;
};

/// One request and its answer. Destroying it closes the connection.
class HttpExchange {
public:
    HttpExchange(const HttpExchange&) = delete;
    HttpExchange& operator=(const HttpExchange&) = delete;
    ~HttpExchange();

    /// No more is read until resume(): the server is held back. What was read already may still be told.
    void pause();
    void resume();

private:
    friend class HttpClient;

    HttpExchange(HttpClient& client, HttpCall call, HttpClient::Listener listener)
        : client_(client), call_(std::move(call)), listener_(std::move(listener)) {}

    /// As libwebsockets wants it: not 0 ends the connection.
    int dispatch(lws* connection, lws_callback_reasons reason, void* in, std::size_t length);
    int writeHeaders(unsigned char** at, std::size_t length);
    int writeBody();
    void onAddresses(std::vector<std::string> addresses, std::string error);
    void next();
    void end(std::string error);
    void goOn();

    HttpClient& client_;
    HttpCall call_;
    HttpClient::Listener listener_;
    std::vector<std::string> addresses_; // that were not tried, the next one last
    lws* connection_ = nullptr;
    std::size_t written_ = 0; // of the body
    bool answered_ = false;
    bool ended_ = false;
    std::string error_;
    Afterwards::Owner self_;
};

} // namespace compositord
