// The subprotocol orchestrator: what web UIs that start and follow sessions speak. They are told nothing of
// the world.
#pragma once

#include "web/dialect.hpp"
#include "web/orchestrator_sessions.hpp"

namespace compositord {

class Orchestrator final : public Dialect {
public:
    static constexpr const char* kName = "orchestrator";

    /// Clients that cannot name a subprotocol come here.
    static constexpr std::string_view kPath = "/orchestrator";

    std::string_view name() const override { return kName; }

    /// The id of what comes out is that of the session that a message is about.
    std::expected<Message, Rejected> decode(std::string_view text) const override;

    /// health_check_response, which is also the answer to auth and health_check.
    SharedFrame hello(const World& world, const Greeting& greeting) const override;

    /// The same: these clients expect nothing else before they have said who they are.
    SharedFrame challenge() const override;

    SharedFrame snapshot(const World& /*world*/, const View& /*view*/) const override { return nullptr; }

    SharedFrame update(const World& /*world*/, const ChangeSet& /*set*/) const override { return nullptr; }

    SharedFrame ack(const RequestId& /*id*/) const override { return nullptr; }

    SharedFrame pong(const RequestId& id) const override;
    SharedFrame error(const RequestId& id, const Problem& problem) const override;

    const SessionDialect* sessions() const override { return &sessions_; }

private:
    OrchestratorSessions sessions_;
};

} // namespace compositord
