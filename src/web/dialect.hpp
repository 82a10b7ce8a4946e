// A way of speaking about the world over a WebSocket. A dialect only translates; the server decides what is
// said when.
#pragma once

#include "web/frame.hpp"
#include "web/message.hpp"
#include "web/session_message.hpp"
#include "world/view.hpp"
#include "world/world.hpp"

#include <chrono>
#include <expected>
#include <optional>
#include <string_view>

namespace compositord {

class V1Codegen;

/// What a client is told about itself and this server.
struct Greeting {
    std::string_view instance; // names this run of the server
    Grants grants;
};

class Dialect {
public:
    Dialect() = default;
    Dialect(const Dialect&) = delete;
    Dialect& operator=(const Dialect&) = delete;
    virtual ~Dialect() = default;

    /// What people call it; a literal.
    virtual std::string_view name() const = 0;

    /// Whether messages are binary instead of text.
    virtual bool binary() const { return false; }

    /// Whether frames are messages of a WebSocket; else they are server-sent events.
    virtual bool webSocket() const { return true; }

    /// How long the server may be silent before it sends heartbeat(); nothing for ever.
    virtual std::optional<std::chrono::seconds> silence() const { return std::nullopt; }

    /// `text` is one message as it came from a client, of any content; its size is bounded by the caller.
    virtual std::expected<Message, Rejected> decode(std::string_view text) const = 0;

    // What the server says. A null pointer: this dialect has no word for it.

    /// The first message.
    virtual SharedFrame hello(const World& world, const Greeting& greeting) const = 0;

    /// The first message to a client that has yet to show a token.
    virtual SharedFrame challenge() const;
    virtual SharedFrame snapshot(const World& world, const View& view) const = 0;
    /// `set`, which led to this world, holds what the client's view includes.
    virtual SharedFrame update(const World& world, const ChangeSet& set) const = 0;
    virtual SharedFrame ack(const RequestId& id) const = 0;
    virtual SharedFrame pong(const RequestId& id) const = 0;
    virtual SharedFrame error(const RequestId& id, const Problem& problem) const = 0;

    virtual SharedFrame heartbeat() const { return nullptr; }

    /// Its words for sessions; null if it has none.
    virtual const SessionDialect* sessions() const { return nullptr; }

    /// Its words for code generation; null if it has none.
    virtual const V1Codegen* codegen() const { return nullptr; }

    /// The last message, before the server ends the connection: a code of RFC 6455 section 7.4, and why.
    virtual SharedFrame goodbye(std::uint16_t code, std::string_view words) const;
};

} // namespace compositord
