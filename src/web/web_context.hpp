// libwebsockets, set up for connections that are accepted elsewhere and handed over.
#pragma once

#include "base/event_loop.hpp"
#include "base/handle.hpp"
#include "base/uv_loop.hpp"
#include "web/compression.hpp"

#include <libwebsockets.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

namespace compositord {

/// Files in PEM form.
struct TlsFiles {
    std::string certificate; // with those of its issuers after it
    std::string key;
};

class WebContext {
public:
    /// How libwebsockets knows what clients speak that name no subprotocol.
    static constexpr const char* kNoSubprotocol = "default";

    struct Settings {
        lws_callback_function* callback;
        void* user;              // what lws_context_user() gives the callback
        std::size_t sessionSize; // what libwebsockets keeps for the callback per connection
        std::optional<TlsFiles> tls;
    };

    /// The loop outlives this.
    static Result<std::unique_ptr<WebContext>> create(EventLoop& loop, const Settings& settings);

    WebContext(const WebContext&) = delete;
    WebContext& operator=(const WebContext&) = delete;

    /// Ends all connections, which still call back.
    ~WebContext();

    /// `opaque` is what lws_get_opaque_user_data() gives for it. Null if it was not taken, and then it is
    /// closed.
    lws* adopt(UniqueFd fd, bool encrypted, void* opaque);

private:
    WebContext() = default;
    Result<> start(EventLoop& loop, const Settings& settings);
    Result<> startEncrypted(lws_context_creation_info& info, const TlsFiles& tls);

    std::array<lws_protocols, 8> protocols_{}; // libwebsockets refers to it, and to this one
    std::array<lws_extension, 2> extensions_ = compressionExtensions();
    std::unique_ptr<UvLoop> uv_;
    lws_context* context_ = nullptr;
    lws_vhost* plain_ = nullptr;
    lws_vhost* encrypted_ = nullptr;
};

} // namespace compositord
