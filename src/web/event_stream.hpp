// Server-sent events: the updates of compositord.v1.json as a stream that EventSource reads. It is a dialect
// whose frames are the text of events, so that its readers are clients like those of WebSockets. They cannot
// say anything.
#pragma once

#include "web/v1.hpp"

#include <string>

namespace compositord {

class EventStream final : public Dialect {
public:
    static constexpr std::string_view kName = "events";

    /// Proxies and readers take a stream for dead that is silent for long.
    static constexpr std::chrono::seconds kSilence{15};

    /// What keeps a stream alive that has nothing to say.
    static SharedFrame comment();

    /// What is wrong with whatever the reader of a stream says.
    static Rejected takesNothing();

    /// `instance` names this run of the server; it is part of the events' ids.
    explicit EventStream(std::string instance) : instance_(std::move(instance)) {}

    std::string_view name() const override { return kName; }

    bool webSocket() const override { return false; }

    std::optional<std::chrono::seconds> silence() const override { return kSilence; }

    std::expected<Message, Rejected> decode(std::string_view text) const override;

    SharedFrame hello(const World& /*world*/, const Greeting& /*greeting*/) const override { return nullptr; }

    SharedFrame snapshot(const World& world, const View& view) const override;
    SharedFrame update(const World& world, const ChangeSet& set) const override;

    SharedFrame ack(const RequestId& /*id*/) const override { return nullptr; }

    SharedFrame pong(const RequestId& /*id*/) const override { return nullptr; }

    SharedFrame error(const RequestId& /*id*/, const Problem& /*problem*/) const override { return nullptr; }

    SharedFrame heartbeat() const override { return comment(); }

    const V1Codegen* codegen() const override { return v1_.codegen(); }

    /// Closing the connection says it.
    SharedFrame goodbye(std::uint16_t /*code*/, std::string_view /*words*/) const override { return nullptr; }

private:
    SharedFrame identified(const SharedFrame& events, Revision revision) const;

    V1 v1_{V1::Format::events};
    std::string instance_;
};

} // namespace compositord
