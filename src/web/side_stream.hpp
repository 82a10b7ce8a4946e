// Server-sent events that are not about the world: a dialect of which each kind says only what it tells of.
#pragma once

#include "web/dialect.hpp"
#include "web/event_stream.hpp"

namespace compositord {

class SideStream : public Dialect {
public:
    bool webSocket() const override { return false; }

    std::optional<std::chrono::seconds> silence() const override { return EventStream::kSilence; }

    std::expected<Message, Rejected> decode(std::string_view /*text*/) const override {
        return std::unexpected(EventStream::takesNothing());
    }

    SharedFrame hello(const World& /*world*/, const Greeting& /*greeting*/) const override { return nullptr; }

    SharedFrame snapshot(const World& /*world*/, const View& /*view*/) const override { return nullptr; }

    SharedFrame update(const World& /*world*/, const ChangeSet& /*set*/) const override { return nullptr; }

    SharedFrame ack(const RequestId& /*id*/) const override { return nullptr; }

    SharedFrame pong(const RequestId& /*id*/) const override { return nullptr; }

    SharedFrame error(const RequestId& /*id*/, const Problem& /*problem*/) const override { return nullptr; }

    SharedFrame heartbeat() const override { return EventStream::comment(); }

    SharedFrame goodbye(std::uint16_t /*code*/, std::string_view /*words*/) const override { return nullptr; }
};

} // namespace compositord
