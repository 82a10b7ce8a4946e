// Decides on every HTTP request and WebSocket handshake before it is answered: where it comes from, what it
// is, and who sends it.
#pragma once

#include "web/access.hpp"
#include "web/attempts.hpp"
#include "web/connections.hpp"
#include "web/http_response.hpp"
#include "web/refusals.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace compositord {

/// What a request shows before it is let in.
struct Knock {
    using Method = HttpMethod;

    Method method = Method::other;
    bool upgrade = false;
    std::string path;  // decoded, any bytes
    std::string query; // parts joined by &
    std::string host;  // empty: none was sent, as with all of the following
    std::string origin;
    std::string upgradeTo;
    std::string subprotocols;
    std::string authorization;
    std::string apiKey;
    std::string cookies;
    std::string wantedMethod; // Access-Control-Request-Method
};

class Gate {
public:
    using Time = Attempts::Time;

    /// Whether something at this path can be changed by this method.
    using Changeable = std::function<bool(HttpMethod method, std::string_view path)>;

    /// Both outlive this.
    Gate(const Access& access, Refusals& refusals, Changeable changeable = {})
        : access_(access), refusals_(refusals), changeable_(std::move(changeable)) {}

    /// Nothing if the request may go on, with who it is from in the connection's identity; else what it is
    /// answered.
    std::optional<HttpResponse> check(const Knock& knock, Connection& connection, Time now);

    enum class Verdict : std::uint8_t { right, wrong, tooMany };

    /// A token that is shown in a request or a message. When it is right, the connection's identity is its.
    Verdict authenticate(Connection& connection, std::string_view token, Time now);

private:
    std::optional<HttpResponse> checkOrigin(const Knock& knock, const Connection& connection);
    std::optional<HttpResponse> checkKind(const Knock& knock);
    std::optional<HttpResponse> identify(const Knock& knock, Connection& connection, Time now);

    const Access& access_;
    Refusals& refusals_;
    Changeable changeable_;
    Attempts attempts_;
};

/// 401, in words, for whoever shows no valid token.
HttpResponse unauthorized(std::string words);

} // namespace compositord
