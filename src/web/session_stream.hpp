// What happens in sessions as server-sent events, in the words of compositord.v1 or of orchestrator clients.
#pragma once

#include "web/orchestrator_sessions.hpp"
#include "web/side_stream.hpp"
#include "web/v1_sessions.hpp"

namespace compositord {

class SessionStream final : public SideStream {
public:
    enum class Kind : std::uint8_t { v1, orchestrator };

    explicit SessionStream(Kind kind) : kind_(kind) {}

    std::string_view name() const override { return EventStream::kName; }

    const SessionDialect* sessions() const override {
        return kind_ == Kind::v1 ? static_cast<const SessionDialect*>(&v1_) : &orchestrator_;
    }

private:
    Kind kind_;
    V1Sessions v1_{V1Format::events};
    OrchestratorSessions orchestrator_{OrchestratorSessions::Form::events};
};

} // namespace compositord
