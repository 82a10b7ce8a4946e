#include "web/web_context.hpp"

#include "web/dialects.hpp"

#include <fcntl.h>

#include <cerrno>
#include <utility>

namespace compositord {

namespace {

// A connection that is silent for so long is asked whether it is still there, and given up a while later.
constexpr std::uint16_t kPingAfterSeconds = 30;
constexpr std::uint16_t kHangUpAfterSeconds = 40;

// A browser keeps a connection for its next request; the header of a request comes quickly, and is short.
constexpr int kIdleSeconds = 60;
constexpr unsigned kHeaderSeconds = 10;
constexpr unsigned kLongestHeader = 8192;

// How much of a message is read at once.
constexpr std::size_t kReadSize = 4096;

// In one piece instead of libwebsockets' default of 4 KiB pieces.
constexpr std::size_t kTxPacketSize = 65536;

constexpr lws_retry_bo_t kKeepAlive{.secs_since_valid_ping = kPingAfterSeconds,
                                    .secs_since_valid_hangup = kHangUpAfterSeconds};

/// libwebsockets would not say which of the files it is.
Result<> checkReadable(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) {
        return failure(errno, "cannot read a file for TLS", path);
    }
    return {};
}

// Where libwebsockets cannot open it, it gives up, and crashes while it does.
constexpr const char* kRandom = "/dev/urandom";

} // namespace

Result<std::unique_ptr<WebContext>> WebContext::create(EventLoop& loop, const Settings& settings) {
    std::unique_ptr<WebContext> context(new WebContext);
    if (auto started = context->start(loop, settings); !started) {
        return std::unexpected(started.error());
    }
    return context;
}

Result<> WebContext::start(EventLoop& loop, const Settings& settings) {
    if (!UniqueFd(::open(kRandom, O_RDONLY | O_CLOEXEC))) {
        return failure(errno, "there are no random numbers, which connections need", kRandom);
    }
    auto uv = UvLoop::create(loop);
    if (!uv) {
        return std::unexpected(uv.error());
    }
    uv_ = std::move(*uv);

    // The first one is for HTTP and for clients that ask for no subprotocol; an empty one ends the list.
    static_assert(Dialects::kNames.size() + 2 <= std::tuple_size_v<decltype(protocols_)>);
    const auto protocol = [&](const char* name) {
        return lws_protocols{name, settings.callback, settings.sessionSize, kReadSize,
                             0,    nullptr,           kTxPacketSize};
    };
    protocols_[0] = protocol(kNoSubprotocol);
    for (std::size_t i = 0; i < Dialects::kNames.size(); ++i) {
        protocols_.at(i + 1) = protocol(Dialects::kNames.at(i));
    }

    std::array<void*, 1> foreignLoops{uv_->get()};
    lws_context_creation_info info{};
    info.options =
        LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_VALIDATE_UTF8 | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    if (settings.tls) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    }
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER; // connections are accepted elsewhere
    info.vhost_name = "plain";
    info.protocols = protocols_.data();
    info.extensions = extensions_.data();
    info.foreign_loops = foreignLoops.data();
    info.retry_and_idle_policy = &kKeepAlive;
    info.keepalive_timeout = kIdleSeconds;
    info.timeout_secs_ah_idle = kHeaderSeconds;
    info.max_http_header_data2 = kLongestHeader;
    info.server_string = "compositord";
    info.user = settings.user;
    info.uid = info.gid = static_cast<decltype(info.uid)>(-1);

    lws_set_log_level(LLL_ERR, nullptr);
    context_ = lws_create_context(&info);
    plain_ = context_ != nullptr ? lws_create_vhost(context_, &info) : nullptr;
    if (plain_ == nullptr) {
        return failure(0, "libwebsockets cannot start; is libwebsockets-evlib-uv installed?");
    }
    if (settings.tls) {
        if (auto started = startEncrypted(info, *settings.tls); !started) {
            return started;
        }
    }
    lws_set_log_level(0, nullptr); // from now on it would be clients who fill the log
    return {};
}

Result<> WebContext::startEncrypted(lws_context_creation_info& info, const TlsFiles& tls) {
    for (const auto& path : {tls.certificate, tls.key}) {
        if (auto readable = checkReadable(path); !readable) {
            return readable;
        }
    }
    info.vhost_name = "encrypted";
    info.ssl_cert_filepath = tls.certificate.c_str();
    info.ssl_private_key_filepath = tls.key.c_str();
    info.alpn = "http/1.1"; // frames are made for this one, once for all clients
    encrypted_ = lws_create_vhost(context_, &info);
    if (encrypted_ == nullptr) {
        return failure(0,
                       "the certificate and the key for TLS cannot be used; both are in PEM form, and the "
                       "key belongs to the certificate",
                       tls.certificate + ", " + tls.key);
    }
    return {};
}

WebContext::~WebContext() {
    if (context_ == nullptr) {
        return;
    }
    // On a foreign loop destroying the context only begins; it ends when the loop has closed the handles.
    lws_context_destroy(context_);
    uv_->drain();
    lws_context_destroy(context_);
}

lws* WebContext::adopt(UniqueFd fd, bool encrypted, void* opaque) {
    lws_adopt_desc_t description{};
    description.vh = encrypted ? encrypted_ : plain_;
    // NOLINTBEGIN(clang-analyzer-optin.core.EnumCastOutOfRange): the enum is of bits
    description.type =
        static_cast<lws_adoption_type>(LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | LWS_ADOPT_ALLOW_SSL);
    // NOLINTEND(clang-analyzer-optin.core.EnumCastOutOfRange)
    description.fd.sockfd = fd.release(); // it closes the descriptor itself when it cannot take it
    description.opaque = opaque;
    return lws_adopt_descriptor_vhost_via_info(&description);
}

} // namespace compositord
