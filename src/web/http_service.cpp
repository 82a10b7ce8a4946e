#include "web/http_service.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace compositord {

namespace {

// What libwebsockets may have to keep for a reader that does not read.
constexpr std::size_t kStep = 64UL * 1024;

// A reader that takes nothing for so long is given up.
constexpr int kStallSeconds = 30;

// What is not known at once is known after this time, or never.
constexpr int kLongestWaitSeconds = 300;

// A task that is described at length, escaped.
constexpr std::size_t kLongestBody = 128UL * 1024;

std::string customHeader(lws* connection, std::string_view name) {
    const auto nameLength = static_cast<int>(name.size());
    const int length = lws_hdr_custom_length(connection, name.data(), nameLength);
    if (length <= 0) {
        return {};
    }
    std::string text(static_cast<std::size_t>(length) + 1, '\0');
    const int copied =
        lws_hdr_custom_copy(connection, text.data(), static_cast<int>(text.size()), name.data(), nameLength);
    text.resize(copied < 0 ? 0 : static_cast<std::size_t>(copied));
    return text;
}

/// libwebsockets keeps the parts of a query apart, and joins them by commas, which they may have inside.
std::string queryOf(lws* connection) {
    std::string query;
    for (int part = 0;; ++part) {
        const int length = lws_hdr_fragment_length(connection, WSI_TOKEN_HTTP_URI_ARGS, part);
        if (length <= 0) {
            return query;
        }
        std::string text(static_cast<std::size_t>(length) + 1, '\0');
        const int copied = lws_hdr_copy_fragment(connection, text.data(), static_cast<int>(text.size()),
                                                 WSI_TOKEN_HTTP_URI_ARGS, part);
        text.resize(copied < 0 ? 0 : static_cast<std::size_t>(copied));
        query += (query.empty() ? "" : "&") + text;
    }
}

using MethodToken = std::pair<lws_token_indexes, HttpMethod>;

/// The token that has the request's path; null for a method that is of no use here.
const MethodToken* methodOf(lws* connection) {
    static constexpr std::array<MethodToken, 6> methods{{{WSI_TOKEN_GET_URI, HttpMethod::get},
                                                         {WSI_TOKEN_HEAD_URI, HttpMethod::head},
                                                         {WSI_TOKEN_OPTIONS_URI, HttpMethod::options},
                                                         {WSI_TOKEN_POST_URI, HttpMethod::post},
                                                         {WSI_TOKEN_PATCH_URI, HttpMethod::patch},
                                                         {WSI_TOKEN_DELETE_URI, HttpMethod::remove}}};
    const auto* const found = std::ranges::find_if(
        methods, [&](const MethodToken& each) { return lws_hdr_total_length(connection, each.first) > 0; });
    return found != methods.end() ? found : nullptr;
}

int sendAtOnce(lws* connection, std::string_view text, lws_write_protocol kind) {
    std::vector<unsigned char> bytes(LWS_PRE);
    bytes.insert(bytes.end(), text.begin(), text.end());
    return lws_write(connection, bytes.data() + LWS_PRE, text.size(), kind);
}

} // namespace

std::string headerOf(lws* connection, lws_token_indexes token) {
    const int length = lws_hdr_total_length(connection, token);
    if (length <= 0) {
        return {};
    }
    std::string text(static_cast<std::size_t>(length) + 1, '\0');
    const int copied = lws_hdr_copy(connection, text.data(), static_cast<int>(text.size()), token);
    text.resize(copied < 0 ? 0 : static_cast<std::size_t>(copied));
    return text;
}

Knock readKnock(lws* connection, bool upgrade) {
    using Method = HttpMethod;
    const auto* const method = methodOf(connection);
    return {.method = method != nullptr ? method->second : Method::other,
            .upgrade = upgrade,
            .path = method != nullptr ? headerOf(connection, method->first) : "",
            .query = headerOf(connection, WSI_TOKEN_HTTP_URI_ARGS),
            .host = headerOf(connection, WSI_TOKEN_HOST),
            .origin = headerOf(connection, WSI_TOKEN_ORIGIN),
            .upgradeTo = headerOf(connection, WSI_TOKEN_UPGRADE),
            .subprotocols = headerOf(connection, WSI_TOKEN_PROTOCOL),
            .authorization = headerOf(connection, WSI_TOKEN_HTTP_AUTHORIZATION),
            .apiKey = customHeader(connection, "x-api-key:"),
            .cookies = headerOf(connection, WSI_TOKEN_HTTP_COOKIE),
            .wantedMethod = customHeader(connection, "access-control-request-method:")};
}

HttpRequest readRequest(lws* connection, std::string_view path, const Identity& identity) {
    const auto* const method = methodOf(connection);
    return {.method = method != nullptr ? method->second : HttpMethod::other,
            .path = std::string(path),
            .query = queryOf(connection),
            .host = headerOf(connection, WSI_TOKEN_HOST),
            .origin = headerOf(connection, WSI_TOKEN_ORIGIN),
            .fetchSite = customHeader(connection, "sec-fetch-site:"),
            .ifNoneMatch = headerOf(connection, WSI_TOKEN_HTTP_IF_NONE_MATCH),
            .acceptEncoding = headerOf(connection, WSI_TOKEN_HTTP_ACCEPT_ENCODING),
            .lastEventId = customHeader(connection, "last-event-id:"),
            .contentType = headerOf(connection, WSI_TOKEN_HTTP_CONTENT_TYPE),
            .contentLength = headerOf(connection, WSI_TOKEN_HTTP_CONTENT_LENGTH),
            .owner = identity.owner,
            .grants = identity.known ? std::optional(identity.grants) : std::nullopt};
}

bool beginStream(lws* connection, const HttpResponse& response) {
    const std::string head = headOf(response, true);
    if (sendAtOnce(connection, head, LWS_WRITE_HTTP_HEADERS) < 0) {
        return false;
    }
    lws_http_mark_sse(connection);
    return true;
}

std::size_t HttpService::Exchange::take(unsigned char* to, std::size_t room) {
    std::size_t taken = 0;
    const auto copy = [&](const std::string& from) {
        const std::size_t count = std::min(room - taken, from.size() - offset);
        std::copy_n(from.data() + offset, count, to + taken);
        taken += count;
        offset += count;
        return offset == from.size();
    };
    if (!head.empty()) {
        if (!copy(head)) {
            return taken;
        }
        head.clear();
        offset = 0;
    }
    while (content && taken < room && piece < content->pieces().size()) {
        if (copy(*content->pieces()[piece])) {
            ++piece;
            offset = 0;
        }
    }
    return taken;
}

int HttpService::respond(lws* connection, const HttpRequest& request) {
    const HttpResponse response = routes_.respond(request);
    return response.later ? wait(connection, request, response)
                          : proceed(connection, begin(connection, request.method, response));
}

HttpService::Exchange& HttpService::begin(lws* connection, HttpMethod method, const HttpResponse& response) {
    auto [place, isNew] = exchanges_.insert_or_assign(
        connection, Exchange{.head = headOf(response, false),
                             .content = method == HttpMethod::head ? nullptr : response.content});
    return place->second;
}

int HttpService::wait(lws* connection, const HttpRequest& request, const HttpResponse& response) {
    const std::uint64_t number = ++lastWait_;
    waiting_.insert_or_assign(connection, number);
    lws_set_timeout(connection, PENDING_TIMEOUT_HTTP_CONTENT, kLongestWaitSeconds);
    response.later([self = std::weak_ptr(self_), connection, number,
                    method = request.method](const HttpResponse& known) {
        const auto held = self.lock();
        if (!held) {
            return;
        }
        HttpService& service = **held;
        // Whoever asked may have gone, and another connection may be at its address.
        const auto found = service.waiting_.find(connection);
        if (found == service.waiting_.end() || found->second != number) {
            return;
        }
        service.waiting_.erase(found);
        service.begin(connection, method, known);
        lws_set_timeout(connection, PENDING_TIMEOUT_HTTP_CONTENT, kStallSeconds);
        lws_callback_on_writable(connection);
    });
    return 0;
}

int HttpService::receive(lws* connection, HttpRequest request) {
    if (const auto refused = routes_.refusal(request)) {
        return refuse(connection, *refused);
    }
    std::size_t length = 0;
    const std::string& text = request.contentLength;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), length);
    if (!text.empty() && (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())) {
        return refuse(connection, inWords(400, "Content-Length is not a number.\n"));
    }
    if (length > kLongestBody) {
        return refuse(connection, inWords(413, "The body of a request has at most 128 KiB.\n"));
    }
    if (text.empty() && request.method != HttpMethod::remove) {
        return refuse(connection, inWords(411, "Content-Length is needed here.\n"));
    }
    if (length == 0) {
        return respond(connection, request);
    }
    if (!request.contentType.starts_with("application/json")) {
        return refuse(connection, inWords(415, "A body here is of the type application/json.\n"));
    }
    incoming_.insert_or_assign(connection, std::move(request));
    return 0;
}

int HttpService::onBody(lws* connection, std::string_view bytes) {
    const auto found = incoming_.find(connection);
    if (found == incoming_.end()) {
        return 0; // of a request that is answered without it
    }
    found->second.body += bytes;
    return found->second.body.size() > kLongestBody ? -1 : 0;
}

int HttpService::onBodyEnd(lws* connection) {
    const auto request = incoming_.extract(connection);
    return request.empty() ? 0 : respond(connection, request.mapped());
}

int HttpService::onWritable(lws* connection) {
    const auto found = exchanges_.find(connection);
    return found == exchanges_.end() ? 0 : proceed(connection, found->second);
}

int HttpService::proceed(lws* connection, Exchange& exchange) {
    std::array<unsigned char, LWS_PRE + kStep> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init)
    const std::size_t count = exchange.take(buffer.data() + LWS_PRE, kStep);
    if (count > 0 && lws_write(connection, buffer.data() + LWS_PRE, count, LWS_WRITE_HTTP) < 0) {
        return -1;
    }
    metrics_.httpBytesSent += count;
    if (count == kStep) {
        lws_set_timeout(connection, PENDING_TIMEOUT_HTTP_CONTENT, kStallSeconds);
        lws_callback_on_writable(connection);
        return 0;
    }
    exchanges_.erase(connection);
    return lws_http_transaction_completed(connection) != 0 ? -1 : 0;
}

int HttpService::refuse(lws* connection, const HttpResponse& response) {
    // In one piece, with a head of our own: libwebsockets would answer a refused upgrade as HTTP/1.0, which
    // some clients do not take for an answer.
    std::string text = headOf(response, true);
    if (response.content) {
        text += *response.content->pieces().front();
    }
    ++metrics_.httpRequests[{"refused", statusText(response.status)}];
    sendAtOnce(connection, text, LWS_WRITE_HTTP_FINAL);
    return -1;
}

} // namespace compositord
