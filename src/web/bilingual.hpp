// For a client that asks for no subprotocol: it may be one of the map shell's pages, which speak geometry-os
// and skip what they do not know, or anything else, which speaks compositord.v1.json and skips types that it
// does not know.
#pragma once

#include "web/geometry_os.hpp"
#include "web/v1.hpp"

namespace compositord {

class Bilingual final : public Dialect {
public:
    std::string_view name() const override { return "none"; } // none was asked for

    std::optional<std::chrono::seconds> silence() const override { return geometryOs_.silence(); }

    std::expected<Message, Rejected> decode(std::string_view text) const override;
    SharedFrame hello(const World& world, const Greeting& greeting) const override;
    SharedFrame snapshot(const World& world, const View& view) const override;
    SharedFrame update(const World& world, const ChangeSet& set) const override;

    SharedFrame ack(const RequestId& id) const override { return v1_.ack(id); }

    SharedFrame pong(const RequestId& id) const override { return v1_.pong(id); }

    SharedFrame error(const RequestId& id, const Problem& problem) const override {
        return v1_.error(id, problem);
    }

    const SessionDialect* sessions() const override { return v1_.sessions(); }

    SharedFrame heartbeat() const override { return geometryOs_.heartbeat(); }

private:
    V1 v1_{V1::Format::json};
    GeometryOs geometryOs_;
};

} // namespace compositord
