// The subprotocol geometry-os: what the map shell of Geometry OS speaks. It knows one camera, the first by
// name.
#pragma once

#include "web/dialect.hpp"

namespace compositord {

class GeometryOs final : public Dialect {
public:
    static constexpr const char* kName = "geometry-os";

    std::string_view name() const override { return kName; }

    /// After 10 s of silence, as that shell expects.
    std::optional<std::chrono::seconds> silence() const override { return std::chrono::seconds(10); }

    std::expected<Message, Rejected> decode(std::string_view text) const override;

    // The shell takes any message that it does not know for noise: nothing is said but cameras,
    // tiles and heartbeats.

    SharedFrame hello(const World& /*world*/, const Greeting& /*greeting*/) const override { return nullptr; }

    SharedFrame snapshot(const World& world, const View& view) const override;
    SharedFrame update(const World& world, const ChangeSet& set) const override;

    SharedFrame ack(const RequestId& /*id*/) const override { return nullptr; }

    SharedFrame pong(const RequestId& /*id*/) const override { return nullptr; }

    SharedFrame error(const RequestId& /*id*/, const Problem& /*problem*/) const override { return nullptr; }

    SharedFrame heartbeat() const override;
};

} // namespace compositord
