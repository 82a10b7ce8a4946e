// An HTTP request as the routes see it: what libwebsockets has read and decoded, as plain values.
#pragma once

#include "web/grants.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace compositord {

enum class HttpMethod : std::uint8_t { get, head, options, post, patch, remove, other };

/// Whether it is there to change something.
constexpr bool changes(HttpMethod method) {
    return method == HttpMethod::post || method == HttpMethod::patch || method == HttpMethod::remove;
}

struct HttpRequest {
    HttpMethod method = HttpMethod::get;
    std::string path;  // percent-decoded, begins with a slash, any bytes
    std::string query; // percent-decoded, parts joined by &
    std::string host;
    std::string origin;    // empty: none was sent, as with all of the following
    std::string fetchSite; // Sec-Fetch-Site
    std::string ifNoneMatch;
    std::string acceptEncoding;
    std::string lastEventId;
    std::string contentType;
    std::string contentLength;
    std::string body;             // of one that changes something
    bool owner = false;           // came by the control socket
    std::optional<Grants> grants; // of whoever asks; nothing: a token is needed, and none was shown
};

/// Whether an If-None-Match header names this entity tag, by the weak comparison of RFC 9110 section 8.8.3.2.
bool namesTag(std::string_view ifNoneMatch, std::string_view tag);

/// Whether an Accept-Encoding header allows gzip.
bool acceptsGzip(std::string_view acceptEncoding);

/// The value of a parameter of the query; nothing if it is not there.
std::optional<std::string> queryValue(std::string_view query, std::string_view name);

/// 0, which nobody has, for anything that is not a revision or another number of what happened.
std::uint64_t parseRevision(std::string_view text);

/// The place in the history of one run of the server, as event streams write it: INSTANCE-REVISION.
struct EventId {
    std::string instance;
    std::uint64_t revision = 0;

    bool operator==(const EventId&) const = default;
};

std::optional<EventId> parseEventId(std::string_view text);

/// The path below a folder that a request's path names, or nothing if it has parts that no honest link has:
/// empty or hidden names, steps upward, backslashes, control characters.
std::optional<std::string> relativePath(std::string_view path);

} // namespace compositord
