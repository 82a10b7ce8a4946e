// The client's side of TLS without any socket: what is to be sent, and what the bytes that come mean.
#pragma once

#include "base/error.hpp"

#include <openssl/ssl.h>

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace compositord {

class TlsClient {
public:
    struct Settings {
        std::string host;        // whom the certificate has to name, or the number of its address
        std::string authorities; // a file with certificates that are trusted; empty: those of the system
    };

    struct Listener {
        /// What the other one says.
        std::function<void(std::string_view bytes)> onText;
        /// To be sent, now. False if it cannot be.
        std::function<bool(std::string_view bytes)> onSend;
    };

    static Result<std::unique_ptr<TlsClient>> create(const Settings& settings, Listener listener);

    /// Bytes that came, cut anywhere; none: begins. The error says why the connection has to end.
    std::expected<void, std::string> feed(std::string_view bytes);

    /// What is said before the other one has shown who it is waits until then. False if it cannot be sent.
    bool send(std::string_view text);

private:
    struct ContextDeleter {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };

    struct SessionDeleter {
        void operator()(SSL* session) const { SSL_free(session); }
    };

    TlsClient(std::unique_ptr<SSL_CTX, ContextDeleter> context, std::unique_ptr<SSL, SessionDeleter> session,
              Listener listener);
    bool flush();
    std::string whyNot() const;

    std::unique_ptr<SSL_CTX, ContextDeleter> context_;
    std::unique_ptr<SSL, SessionDeleter> session_;
    BIO* in_;  // the session's
    BIO* out_; // the session's
    Listener listener_;
    std::string early_; // said before the handshake was over
};

} // namespace compositord
