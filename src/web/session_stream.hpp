// What happens in sessions as server-sent events, in the words of compositord.v1 or of orchestrator clients.
#pragma once

#include "web/event_stream.hpp"
#include "web/orchestrator_sessions.hpp"
#include "web/v1_sessions.hpp"

namespace compositord {

class SessionStream final : public Dialect {
public:
    enum class Kind : std::uint8_t { v1, orchestrator };

    explicit SessionStream(Kind kind) : kind_(kind) {}

    std::string_view name() const override { return EventStream::kName; }

    bool webSocket() const override { return false; }

    std::optional<std::chrono::seconds> silence() const override { return EventStream::kSilence; }

    std::expected<Message, Rejected> decode(std::string_view /*text*/) const override {
        return std::unexpected(EventStream::takesNothing());
    }

    // Nothing of the world.

    SharedFrame hello(const World& /*world*/, const Greeting& /*greeting*/) const override { return nullptr; }

    SharedFrame snapshot(const World& /*world*/, const View& /*view*/) const override { return nullptr; }

    SharedFrame update(const World& /*world*/, const ChangeSet& /*set*/) const override { return nullptr; }

    SharedFrame ack(const RequestId& /*id*/) const override { return nullptr; }

    SharedFrame pong(const RequestId& /*id*/) const override { return nullptr; }

    SharedFrame error(const RequestId& /*id*/, const Problem& /*problem*/) const override { return nullptr; }

    SharedFrame heartbeat() const override { return EventStream::comment(); }

    SharedFrame goodbye(std::uint16_t /*code*/, std::string_view /*words*/) const override { return nullptr; }

    const SessionDialect* sessions() const override {
        return kind_ == Kind::v1 ? static_cast<const SessionDialect*>(&v1_) : &orchestrator_;
    }

private:
    Kind kind_;
    V1Sessions v1_{V1Format::events};
    OrchestratorSessions orchestrator_{OrchestratorSessions::Form::events};
};

} // namespace compositord
