#include "web/gate.hpp"

#include "web/dialects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace compositord {

namespace {

constexpr std::string_view kAllowedMethods = "GET, HEAD";

/// Text of a literal in lower case.
bool equalsIgnoringCase(std::string_view text, std::string_view lowerCase) {
    return std::ranges::equal(text, lowerCase, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

/// The value of NAME=VALUE between separators, the first one if there are several; empty if there is none.
std::string_view valueOf(std::string_view text, char separator, std::string_view name) {
    for (const auto part : std::views::split(text, separator)) {
        std::string_view item(part.begin(), part.end());
        item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
        if (item.starts_with(name) && item.substr(name.size()).starts_with('=')) {
            return item.substr(name.size() + 1);
        }
    }
    return {};
}

std::string_view headerToken(const Knock& knock) {
    constexpr std::string_view bearer = "bearer ";
    if (equalsIgnoringCase(std::string_view(knock.authorization).substr(0, bearer.size()), bearer)) {
        return std::string_view(knock.authorization).substr(bearer.size());
    }
    return knock.apiKey;
}

/// Browsers send a cookie to all ports of a host: each server calls its own by its port.
std::string cookieName(const Door& door) {
    return fmt::format("compositord-token-{}", door.port);
}

/// A path that stands in a Location header as it is and leads nowhere else.
std::string plainPath(const std::string& path) {
    const bool plain = relativePath(path) && std::ranges::all_of(path, [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                  (c >= '0' && c <= '9') || std::string_view("/-_.").contains(c);
                       });
    return plain ? path : "/";
}

HttpResponse welcome(const Knock& knock, const Connection& connection) {
    HttpResponse response = inWords(303, "You are let in.\n");
    response.headers.emplace_back("location", plainPath(knock.path));
    response.headers.emplace_back("set-cookie",
                                  fmt::format("{}={}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict{}",
                                              cookieName(connection.door), connection.identity.token,
                                              connection.door.encrypted ? "; Secure" : ""));
    return response;
}

HttpResponse notAllowed() {
    HttpResponse response = inWords(405, "Only GET and HEAD are of use here.\n");
    response.headers.emplace_back("allow", kAllowedMethods);
    return response;
}

HttpResponse preflight(const std::string& origin) {
    HttpResponse response{.status = 204};
    response.headers.emplace_back("access-control-allow-origin", origin);
    response.headers.emplace_back("access-control-allow-methods", "GET, HEAD, POST, PATCH, DELETE");
    response.headers.emplace_back("access-control-allow-headers",
                                  "authorization, x-api-key, content-type, if-none-match, last-event-id");
    response.headers.emplace_back("access-control-max-age", "600");
    response.headers.emplace_back("vary", "origin");
    return response;
}

} // namespace

HttpResponse unauthorized(std::string words) {
    HttpResponse response = inWords(401, std::move(words));
    response.headers.emplace_back("www-authenticate", "Bearer realm=\"compositord\"");
    return response;
}

std::optional<HttpResponse> Gate::check(const Knock& knock, Connection& connection, Time now) {
    if (auto refused = checkOrigin(knock, connection)) {
        return refused;
    }
    if (auto answered = checkKind(knock)) {
        return answered;
    }
    return identify(knock, connection, now);
}

std::optional<HttpResponse> Gate::checkOrigin(const Knock& knock, const Connection& connection) {
    // No browser reaches a Unix socket, and programs that do call the host as they like.
    if (connection.door.port != 0 && !access_.hostAllowed(knock.host)) {
        refusals_.note("host", fmt::format("a request for the host {}; --allow-host allows a name of this "
                                           "machine",
                                           printable(knock.host)));
        return inWords(403, "This host is not known here.\n");
    }
    if (knock.upgrade && !access_.originAllowed(knock.origin, knock.host)) {
        refusals_.note("origin", fmt::format("a page of {} at {}; --allow-origin allows a page's origin",
                                             printable(knock.origin), printable(knock.host)));
        return inWords(403, "Pages of this origin are not allowed here.\n");
    }
    return std::nullopt;
}

std::optional<HttpResponse> Gate::checkKind(const Knock& knock) {
    if (knock.method == Knock::Method::options && !knock.wantedMethod.empty() && !knock.origin.empty() &&
        access_.originAllowed(knock.origin, knock.host)) {
        return preflight(knock.origin);
    }
    const bool change = changes(knock.method) && changeable_ && changeable_(knock.method, knock.path);
    if (knock.method != Knock::Method::get && knock.method != Knock::Method::head && !change) {
        refusals_.note("method", "a request with a method that is not GET or HEAD");
        return notAllowed();
    }
    if (knock.upgrade && !equalsIgnoringCase(knock.upgradeTo, "websocket")) {
        refusals_.note("upgrade", fmt::format("to upgrade to {}", printable(knock.upgradeTo)));
        return inWords(400, "There is nothing to upgrade to but WebSocket.\n");
    }
    if (knock.upgrade && !knock.subprotocols.empty() && !Dialects::offered(knock.subprotocols)) {
        refusals_.note("subprotocol", fmt::format("a client that knows no subprotocol of ours but {}",
                                                  printable(knock.subprotocols)));
        return inWords(400, fmt::format("None of these subprotocols is known here. Known: {}\n",
                                        fmt::join(Dialects::kNames, ", ")));
    }
    return std::nullopt;
}

std::optional<HttpResponse> Gate::identify(const Knock& knock, Connection& connection, Time now) {
    connection.identity = access_.withoutToken(connection.peer, connection.door);
    if (connection.identity.known) {
        return std::nullopt;
    }
    // A page's address with a token in it: from then on the browser keeps it, out of sight.
    const bool page = !knock.upgrade && !knock.path.starts_with("/api/");
    std::string inAddress(page ? valueOf(knock.query, '&', "token") : "");
    std::ranges::replace(inAddress, ' ', '+'); // what a + in a query is taken for
    const std::string_view shown = inAddress.empty() ? headerToken(knock) : inAddress;
    if (!shown.empty()) {
        switch (authenticate(connection, shown, now)) {
        case Verdict::right:
            return inAddress.empty() ? std::nullopt : std::optional(welcome(knock, connection));
        case Verdict::wrong:
            return unauthorized("This token is not known here.\n");
        case Verdict::tooMany:
            HttpResponse response = inWords(429, "Too many wrong tokens came from there. Wait a minute.\n");
            response.headers.emplace_back("retry-after", "60");
            return response;
        }
    }
    const std::string_view kept = valueOf(knock.cookies, ';', cookieName(connection.door));
    if (!kept.empty()) {
        authenticate(connection, kept, now); // an old one is as good as none: the page then asks for another
    }
    return std::nullopt;
}

Gate::Verdict Gate::authenticate(Connection& connection, std::string_view token, Time now) {
    if (!access_.needsTokens()) {
        return Verdict::right;
    }
    if (!attempts_.allowed(connection.peer.name, now)) {
        refusals_.note("guessing", fmt::format("to look at more tokens of {}, who showed too many wrong ones",
                                               connection.peer.name));
        return Verdict::tooMany;
    }
    if (auto identity = access_.withToken(token)) {
        connection.identity = *std::move(identity);
        return Verdict::right;
    }
    attempts_.failed(connection.peer.name, token, now);
    refusals_.note("token", fmt::format("a wrong token of {}", connection.peer.name));
    return Verdict::wrong;
}

} // namespace compositord
