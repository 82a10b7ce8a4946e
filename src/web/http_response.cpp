#include "web/http_response.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

namespace compositord {

namespace {

// Sent with every response. PixiJS makes workers and textures from blobs.
constexpr std::string_view kSecurityHeaders =
    "x-content-type-options: nosniff\r\n"
    "referrer-policy: no-referrer\r\n"
    "cross-origin-resource-policy: same-origin\r\n"
    "content-security-policy: default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'\r\n";

std::string_view reasonOf(unsigned status) {
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 303:
        return "See Other";
    case 304:
        return "Not Modified";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 409:
        return "Conflict";
    case 411:
        return "Length Required";
    case 413:
        return "Content Too Large";
    case 415:
        return "Unsupported Media Type";
    case 429:
        return "Too Many Requests";
    case 503:
        return "Service Unavailable";
    default:
        return "Unknown";
    }
}

} // namespace

HttpResponse inWords(unsigned status, std::string words) {
    HttpResponse response{.status = status};
    response.content = std::make_shared<const HttpContent>(std::move(words));
    return response;
}

HttpResponse fitted(HttpResponse response, const HttpRequest& request) {
    if (response.status == 200 && namesTag(request.ifNoneMatch, response.tag)) {
        response.status = 304;
        response.content = nullptr;
        return response;
    }
    if (response.content && response.compressible) {
        response.headers.emplace_back("vary", "accept-encoding");
        if (acceptsGzip(request.acceptEncoding) && response.content->gzipped()) {
            response.headers.emplace_back("content-encoding", "gzip");
            response.content = response.content->gzipped();
        }
    }
    return response;
}

std::string headOf(const HttpResponse& response, bool close) {
    std::string head =
        fmt::format("HTTP/1.1 {} {}\r\nserver: compositord\r\ndate: {:%a, %d %b %Y %T} GMT\r\n",
                    response.status, reasonOf(response.status),
                    fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
    head += kSecurityHeaders;
    head += fmt::format("cache-control: {}\r\n", response.cacheControl);
    if (response.status != 204 && response.status != 304) {
        head += fmt::format("content-type: {}\r\n", response.contentType);
    }
    if (response.content) {
        head += fmt::format("content-length: {}\r\n", response.content->size());
    }
    if (!response.tag.empty()) {
        head += fmt::format("etag: {}\r\n", response.tag);
    }
    for (const auto& [name, value] : response.headers) {
        head += fmt::format("{}: {}\r\n", name, value);
    }
    if (close) {
        head += "connection: close\r\n";
    }
    return head + "\r\n";
}

} // namespace compositord
