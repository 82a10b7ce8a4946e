// Sessions in compositord.v1: the messages of data/schema/compositord.v1.json about them.
#pragma once

#include "web/session_message.hpp"

#include <string>

namespace compositord {

/// `events`: JSON as server-sent events.
enum class V1Format : std::uint8_t { json, msgpack, events };

class V1Sessions final : public SessionDialect {
public:
    explicit V1Sessions(V1Format format) : format_(format) {}

    SharedFrame spawned(const RequestId& id, const Session& session) const override;
    SharedFrame list(const RequestId& id, const std::vector<const Session*>& sessions,
                     const std::vector<SessionType>& types) const override;

    SharedFrame status(const Session& /*session*/) const override { return nullptr; }

    SharedFrame totals(const SessionTotals& /*totals*/, std::chrono::seconds /*uptime*/) const override {
        return nullptr;
    }

    SharedFrame event(const Session& session, const SessionEvent& event, std::uint64_t missed) const override;
    SharedFrame forgotten(const SessionId& session) const override;

    /// One session as a JSON object by itself.
    static std::string text(const Session& session);

    /// {"sessions": […], "types": […]}
    static std::string listText(const std::vector<const Session*>& sessions,
                                const std::vector<SessionType>& types);

private:
    V1Format format_;
};

} // namespace compositord
