// Sessions as orchestrator clients know them. Where older and newer ones of them read different members, both
// are sent and hold the same: `payload` beside `session`, `data` or `status`.
#pragma once

#include "web/session_message.hpp"

#include <string>
#include <string_view>

namespace compositord {

class OrchestratorSessions final : public SessionDialect {
public:
    enum class Form : std::uint8_t { messages, events }; // of a WebSocket; server-sent events

    explicit OrchestratorSessions(Form form = Form::messages) : form_(form) {}

    SharedFrame spawned(const RequestId& id, const Session& session) const override;
    SharedFrame list(const RequestId& id, const std::vector<const Session*>& sessions,
                     const std::vector<SessionType>& types) const override;
    SharedFrame status(const Session& session) const override;
    SharedFrame totals(const SessionTotals& totals, std::chrono::seconds uptime) const override;
    SharedFrame event(const Session& session, const SessionEvent& event, std::uint64_t missed) const override;

    SharedFrame forgotten(const SessionId& /*session*/) const override { return nullptr; }

    bool tellsStatusUnasked() const override { return true; }

    // The same things as JSON by themselves, for HTTP.

    static std::string text(const Session& session);
    static std::string text(const SessionTotals& totals, std::chrono::seconds uptime);

private:
    Form form_;
};

/// As ISO 8601 has it, in UTC, with a Z.
std::string isoTime(WallTime time);

} // namespace compositord
