#include "codegen/http_client.hpp"

#include <fmt/format.h>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace compositord {

namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;
constexpr unsigned kLongestHeader = 16384;
constexpr std::size_t kReadSize = 16384;
constexpr std::size_t kWriteSize = 65536;

// How long to wait is for the caller to decide, who knows what it waits for.
constexpr unsigned kLibraryTimeoutSeconds = 7U * 24 * 3600;

struct AddressesDeleter {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

/// Numeric addresses, or what is wrong in words. Blocks unless `numeric`.
std::pair<std::vector<std::string>, std::string> lookUp(const std::string& host, bool numeric) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = numeric ? AI_NUMERICHOST : AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    const int code = getaddrinfo(host.c_str(), nullptr, &hints, &list);
    const std::unique_ptr<addrinfo, AddressesDeleter> owned(list);
    if (code != 0) {
        return {{}, fmt::format("cannot find the address of {}: {}", host, gai_strerror(code))};
    }
    std::vector<std::string> addresses;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(), text.size(), nullptr, 0,
                        NI_NUMERICHOST) == 0) {
            addresses.emplace_back(text.data());
        }
    }
    return {std::move(addresses), ""};
}

std::string headerOf(lws* connection, lws_token_indexes token) {
    std::array<char, 256> value{};
    const int length = lws_hdr_copy(connection, value.data(), static_cast<int>(value.size()), token);
    return length > 0 ? std::string(value.data(), static_cast<std::size_t>(length)) : "";
}

} // namespace

std::string HttpCall::hostHeader() const {
    const std::string name = host.contains(':') ? fmt::format("[{}]", host) : host;
    return port == (encrypted ? kHttpsPort : kHttpPort) ? name : fmt::format("{}:{}", name, port);
}

std::unique_ptr<HttpClient> HttpClient::create(EventLoop& loop, Afterwards& afterwards) {
    return std::unique_ptr<HttpClient>(new HttpClient(loop, afterwards));
}

Result<> HttpClient::open() {
    if (host_ != nullptr) {
        return {};
    }
    auto uv = UvLoop::create(loop_);
    if (!uv) {
        return std::unexpected(uv.error());
    }
    uv_ = std::move(*uv);

    // The second one ends the list.
    protocols_[0] = {"http", &HttpClient::callback, 0, kReadSize, 0, nullptr, kWriteSize};
    std::array<void*, 1> foreignLoops{uv_->get()};
    lws_context_creation_info info{};
    info.options =
        LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.vhost_name = "client";
    info.protocols = protocols_.data();
    info.foreign_loops = foreignLoops.data();
    info.timeout_secs = kLibraryTimeoutSeconds;
    info.timeout_secs_ah_idle = kLibraryTimeoutSeconds;
    info.max_http_header_data2 = kLongestHeader;
    info.user = this;
    info.uid = info.gid = static_cast<decltype(info.uid)>(-1);
    context_ = lws_create_context(&info);
    host_ = context_ != nullptr ? lws_create_vhost(context_, &info) : nullptr;
    if (host_ == nullptr) {
        return failure(0, "libwebsockets cannot start; is libwebsockets-evlib-uv installed?");
    }
    // libwebsockets takes a proxy from the environment, for servers of this machine too; port 0 is none.
    lws_set_proxy(host_, "none:0");
    return {};
}

HttpClient::~HttpClient() {
    if (context_ == nullptr) {
        return;
    }
    // On a foreign loop destroying the context only begins; it ends when the loop has closed the handles.
    lws_context_destroy(context_);
    uv_->drain();
    lws_context_destroy(context_);
}

Result<std::unique_ptr<HttpExchange>> HttpClient::start(HttpCall call, Listener listener) {
    if (auto opened = open(); !opened) {
        return std::unexpected(opened.error());
    }
    std::unique_ptr<HttpExchange> exchange(new HttpExchange(*this, std::move(call), std::move(listener)));
    const std::string& host = exchange->call_.host;
    if (host == "localhost") {
        // Both, since many servers listen on one of them only; and the name needs no look-up (RFC 6761).
        exchange->onAddresses({"127.0.0.1", "::1"}, "");
    } else if (auto [addresses, error] = lookUp(host, true); !addresses.empty()) {
        exchange->onAddresses(std::move(addresses), "");
    } else {
        resolve(*exchange);
    }
    return exchange;
}

void HttpClient::resolve(HttpExchange& exchange) {
    if (!resolver_) {
        auto resolver = Worker::create(loop_);
        if (!resolver) {
            exchange.onAddresses({}, resolver.error().message());
            return;
        }
        resolver_ = std::move(*resolver);
    }
    resolver_->submit([target = &exchange, alive = exchange.self_.watch(),
                       host = exchange.call_.host]() -> Worker::Completion {
        return [target, alive, found = lookUp(host, false)]() mutable {
            if (!alive.expired()) {
                target->onAddresses(std::move(found.first), std::move(found.second));
            }
        };
    });
}

lws* HttpClient::connect(HttpExchange& exchange, const std::string& address) {
    const std::string host = exchange.call_.hostHeader();
    lws_client_connect_info info{};
    info.context = context_;
    info.vhost = host_;
    info.address = address.c_str();
    info.port = exchange.call_.port;
    info.ssl_connection = exchange.call_.encrypted ? LCCSCF_USE_SSL : 0;
    info.path = exchange.call_.path.c_str();
    info.host = host.c_str();
    info.method = exchange.call_.method.c_str();
    info.protocol = "http";
    info.alpn = "http/1.1";
    info.opaque_user_data = &exchange;
    info.pwsi = &exchange.connection_;
    return lws_client_connect_via_info(&info);
}

int HttpClient::callback(lws* connection, lws_callback_reasons reason, void* /*user*/, void* in,
                         std::size_t length) {
    switch (reason) {
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
    case LWS_CALLBACK_CLIENT_HTTP_REDIRECT:
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
    case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
        break;
    default:
        return 0;
    }
    auto* exchange = static_cast<HttpExchange*>(lws_get_opaque_user_data(connection));
    return exchange != nullptr ? exchange->dispatch(connection, reason, in, length) : -1;
}

HttpExchange::~HttpExchange() {
    if (connection_ != nullptr) {
        // Not left to libwebsockets' timers, which would not run before something else happens.
        lws_set_opaque_user_data(connection_, nullptr);
        lws_set_timeout(connection_, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
    }
}

void HttpExchange::pause() {
    if (connection_ != nullptr && answered_) {
        lws_rx_flow_control(connection_, 0);
    }
}

void HttpExchange::resume() {
    if (connection_ != nullptr && answered_) {
        lws_rx_flow_control(connection_, 1);
    }
}

void HttpExchange::onAddresses(std::vector<std::string> addresses, std::string error) {
    std::ranges::reverse(addresses);
    addresses_ = std::move(addresses);
    error_ = std::move(error);
    goOn();
}

void HttpExchange::goOn() {
    client_.afterwards_.call(self_, [this] { next(); });
}

void HttpExchange::next() {
    if (!ended_ && !addresses_.empty()) {
        const std::string address = std::move(addresses_.back());
        addresses_.pop_back();
        error_.clear();
        if (client_.connect(*this, address) == nullptr) {
            connection_ = nullptr;
            if (error_.empty()) { // else the callback has told already
                end(fmt::format("cannot connect to {}", address));
            }
        }
        return;
    }
    ended_ = true;
    auto onEnd = std::exchange(listener_, {}).onEnd;
    onEnd(std::move(error_)); // may destroy this
}

void HttpExchange::end(std::string error) {
    connection_ = nullptr;
    error_ = std::move(error);
    if (answered_) {
        addresses_.clear();
    }
    ended_ = addresses_.empty();
    goOn();
}

int HttpExchange::writeHeaders(unsigned char** at, std::size_t length) {
    if (at == nullptr) {
        return -1; // never, as the callback's contract is
    }
    unsigned char* end = *at + length;
    const auto add = [&](const std::string& name, const std::string& value) {
        return lws_add_http_header_by_name(connection_,
                                           reinterpret_cast<const unsigned char*>((name + ":").c_str()),
                                           reinterpret_cast<const unsigned char*>(value.c_str()),
                                           static_cast<int>(value.size()), at, end) == 0;
    };
    if (!call_.body.empty()) {
        if (!add("content-length", std::to_string(call_.body.size()))) {
            return -1;
        }
        lws_client_http_body_pending(connection_, 1);
        lws_callback_on_writable(connection_);
    }
    return std::ranges::all_of(call_.headers,
                               [&](const auto& header) { return add(header.first, header.second); })
               ? 0
               : -1;
}

int HttpExchange::writeBody() {
    if (written_ == call_.body.size()) {
        return 0;
    }
    const std::size_t size = std::min(kWriteSize, call_.body.size() - written_);
    const bool last = written_ + size == call_.body.size();
    std::vector<unsigned char> buffer(LWS_PRE + size);
    std::memcpy(buffer.data() + LWS_PRE, call_.body.data() + written_, size);
    const int sent =
        lws_write(connection_, buffer.data() + LWS_PRE, size, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP);
    if (sent < 0) {
        return -1;
    }
    written_ += size; // what the socket did not take libwebsockets keeps
    if (last) {
        lws_client_http_body_pending(connection_, 0);
    } else {
        lws_callback_on_writable(connection_);
    }
    return 0;
}

int HttpExchange::dispatch(lws* connection, lws_callback_reasons reason, void* in, std::size_t length) {
    const std::string_view bytes(static_cast<const char*>(in), in != nullptr ? length : 0);
    connection_ = connection;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        listener_.onConnected();
        return writeHeaders(static_cast<unsigned char**>(in), length);
    case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
        return writeBody();
    case LWS_CALLBACK_CLIENT_HTTP_REDIRECT:
        // Not followed: the other server would be told the key.
        answered_ = true;
        listener_.onHead({.status = lws_http_client_http_response(connection)});
        return -1;
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        answered_ = true;
        listener_.onHead({.status = lws_http_client_http_response(connection),
                          .contentType = headerOf(connection, WSI_TOKEN_HTTP_CONTENT_TYPE),
                          .retryAfter = headerOf(connection, WSI_TOKEN_HTTP_RETRY_AFTER)});
        return 0;
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP: {
        std::array<char, LWS_PRE + kReadSize> buffer; // NOLINT(*-member-init): it is written into
        char* begin = buffer.data() + LWS_PRE;
        int room = static_cast<int>(kReadSize);
        return lws_http_client_read(connection, &begin, &room) < 0 ? -1 : 0;
    }
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
        listener_.onBody(bytes);
        return 0;
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
        lws_set_opaque_user_data(connection, nullptr);
        end("");
        return -1; // no other request goes over this connection
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        lws_set_opaque_user_data(connection, nullptr);
        end(bytes.empty() ? "the connection failed" : std::string(bytes));
        return 0;
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
        lws_set_opaque_user_data(connection, nullptr);
        end(answered_ ? "" : "the connection was closed");
        return 0;
    default:
        return 0;
    }
}

} // namespace compositord
