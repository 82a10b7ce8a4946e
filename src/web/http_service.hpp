// Answers HTTP requests on connections of libwebsockets: reads the request, sends the response in bounded
// steps as the socket takes it, and leaves the connection ready for the next request.
#pragma once

#include "web/gate.hpp"
#include "web/metrics.hpp"
#include "web/routes.hpp"

#include <libwebsockets.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace compositord {

std::string headerOf(lws* connection, lws_token_indexes token);

/// What a request shows before it is let in; `upgrade`: it wants to become something else than HTTP.
Knock readKnock(lws* connection, bool upgrade);

/// `path` is the decoded one that libwebsockets hands over.
HttpRequest readRequest(lws* connection, std::string_view path, const Identity& identity);

/// Sends the head of a response that ends only with the connection; false if the connection is to be closed.
bool beginStream(lws* connection, const HttpResponse& response);

class HttpService {
public:
    /// Both outlive this.
    HttpService(Routes& routes, Metrics& metrics) : routes_(routes), metrics_(metrics) {}

    // These return what a callback of libwebsockets does: nonzero closes the connection.

    int respond(lws* connection, const HttpRequest& request);

    /// Nothing to do for connections that no response is being sent on.
    int onWritable(lws* connection);

    /// Refuses a request before it is one; the connection ends.
    int refuse(lws* connection, const HttpResponse& response);

    /// A request that changes something: its body may follow.
    int receive(lws* connection, HttpRequest request);

    /// A part of such a body.
    int onBody(lws* connection, std::string_view bytes);
    int onBodyEnd(lws* connection);

    void forget(lws* connection) {
        exchanges_.erase(connection);
        incoming_.erase(connection);
        waiting_.erase(connection);
    }

private:
    /// A response on its way. What it refers to is shared, so a slow reader costs no more than this.
    struct Exchange {
        std::string head;
        SharedContent content; // null: none, or only its head was asked for
        std::size_t piece = 0;
        std::size_t offset = 0; // in the piece, or in the head while that is not sent

        /// Takes the next bytes, at most so many; 0 at the end.
        std::size_t take(unsigned char* to, std::size_t room);
    };

    int wait(lws* connection, const HttpRequest& request, const HttpResponse& response);
    Exchange& begin(lws* connection, HttpMethod method, const HttpResponse& response);
    int proceed(lws* connection, Exchange& exchange);

    Routes& routes_;
    Metrics& metrics_;
    std::unordered_map<lws*, Exchange> exchanges_;
    std::unordered_map<lws*, HttpRequest> incoming_;  // whose body is on its way
    std::unordered_map<lws*, std::uint64_t> waiting_; // for a response that comes later: its number
    std::uint64_t lastWait_ = 0;
    std::shared_ptr<HttpService*> self_ = std::make_shared<HttpService*>(this); // for those responses
};

} // namespace compositord
