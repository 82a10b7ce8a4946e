#include "compositor/tls_client.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <array>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kPiece = std::size_t{16} * 1024; // of a record
constexpr std::array<unsigned char, 9> kHttp{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

bool isNumeric(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> unused{};
    return inet_pton(AF_INET, host.c_str(), unused.data()) == 1 ||
           inet_pton(AF_INET6, host.c_str(), unused.data()) == 1;
}

/// The oldest error that OpenSSL keeps, and forgets it with all others.
std::string lastError() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "it failed" : reason;
}

} // namespace

Result<std::unique_ptr<TlsClient>> TlsClient::create(const Settings& settings, Listener listener) {
    std::unique_ptr<SSL_CTX, ContextDeleter> context(SSL_CTX_new(TLS_client_method()));
    if (!context) {
        return failure(0, "cannot speak TLS", lastError());
    }
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    const bool trusts = settings.authorities.empty()
                            ? SSL_CTX_set_default_verify_paths(context.get()) == 1
                            : SSL_CTX_load_verify_file(context.get(), settings.authorities.c_str()) == 1;
    if (!trusts) {
        return failure(0, fmt::format("cannot read certificates that are trusted ({})", lastError()),
                       settings.authorities);
    }
    std::unique_ptr<SSL, SessionDeleter> session(SSL_new(context.get()));
    if (!session) {
        return failure(0, "cannot speak TLS", lastError());
    }
    SSL_set_alpn_protos(session.get(), kHttp.data(), kHttp.size());
    const bool named =
        isNumeric(settings.host)
            ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), settings.host.c_str()) == 1
            : SSL_set1_host(session.get(), settings.host.c_str()) == 1 &&
                  SSL_set_tlsext_host_name(session.get(), settings.host.c_str()) == 1;
    if (!named) {
        return failure(0, "no certificate can name this", settings.host);
    }
    SSL_set_connect_state(session.get());
    return std::unique_ptr<TlsClient>(
        new TlsClient(std::move(context), std::move(session), std::move(listener)));
}

TlsClient::TlsClient(std::unique_ptr<SSL_CTX, ContextDeleter> context,
                     std::unique_ptr<SSL, SessionDeleter> session, Listener listener)
    : context_(std::move(context)), session_(std::move(session)), in_(BIO_new(BIO_s_mem())),
      out_(BIO_new(BIO_s_mem())), listener_(std::move(listener)) {
    SSL_set_bio(session_.get(), in_, out_);
}

std::expected<void, std::string> TlsClient::feed(std::string_view bytes) {
    ERR_clear_error();
    if (!bytes.empty()) {
        BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
    }
    std::array<char, kPiece> piece; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by SSL_read
    for (;;) {
        // It shakes hands first.
        const int count = SSL_read(session_.get(), piece.data(), static_cast<int>(piece.size()));
        const int error = count > 0 ? SSL_ERROR_NONE : SSL_get_error(session_.get(), count);
        const std::string why = error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL ? whyNot() : "";
        const bool sent = flush(); // what tells the other one why, too
        if (!why.empty()) {
            return std::unexpected(why);
        }
        if (error == SSL_ERROR_ZERO_RETURN) {
            return std::unexpected("it ended the connection");
        }
        if (!sent || (!early_.empty() && SSL_is_init_finished(session_.get()) == 1 &&
                      !send(std::exchange(early_, {})))) {
            return std::unexpected("it takes nothing");
        }
        if (count <= 0) {
            return {};
        }
        listener_.onText({piece.data(), static_cast<std::size_t>(count)});
    }
}

bool TlsClient::send(std::string_view text) {
    if (SSL_is_init_finished(session_.get()) != 1) {
        early_ += text;
        return true;
    }
    // A BIO in memory takes all.
    return SSL_write(session_.get(), text.data(), static_cast<int>(text.size())) > 0 && flush();
}

bool TlsClient::flush() {
    std::array<char, kPiece> piece; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by BIO_read
    for (;;) {
        const int count = BIO_read(out_, piece.data(), static_cast<int>(piece.size()));
        if (count <= 0) {
            return true;
        }
        if (!listener_.onSend({piece.data(), static_cast<std::size_t>(count)})) {
            return false;
        }
    }
}

std::string TlsClient::whyNot() const {
    const long verified = SSL_get_verify_result(session_.get());
    const std::string error = lastError();
    if (verified == X509_V_OK) {
        return fmt::format("TLS fails there: {}", error);
    }
    const char* const reason = X509_verify_cert_error_string(verified);
    if (verified == X509_V_ERR_HOSTNAME_MISMATCH || verified == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        return fmt::format(
            "its certificate is that of somebody else ({}): address has to be as it is named there", reason);
    }
    return fmt::format("its certificate is not trusted ({}): ca-file names a file with the authority's",
                       reason);
}

} // namespace compositord
