// One infinite_map_camera_v1: gathers its events until the manager's done, and sends its requests.
#pragma once

#include "compositor/infinite_map_commit.hpp"
#include "compositor/wayland_handles.hpp"
#include "world/command.hpp"

namespace compositord {

class MapCamera {
public:
    /// Takes over the proxy. `commit` outlives this.
    MapCamera(infinite_map_camera_v1* proxy, std::string name, PendingCommit& commit);
    MapCamera(const MapCamera&) = delete;
    MapCamera& operator=(const MapCamera&) = delete;
    ~MapCamera() = default;

    /// The camera behind a proxy that an event named, or null.
    static MapCamera* from(infinite_map_camera_v1* proxy);

    const Camera& state() const { return state_; }

    bool closed() const { return closed_; }

    infinite_map_camera_v1* proxy() const { return proxy_.get(); }

    /// The state was taken for a commit; returns whether it is the first time.
    bool committed();

    void move(const SetCamera& command, const RequestTag& tag);
    void cancel(const RequestTag& tag);

private:
    void touch();
    void onOutput(wl_output* output);
    void onPosition(std::int32_t cellX, std::int32_t cellY, wl_fixed_t offsetX, wl_fixed_t offsetY);
    void onZoom(std::uint32_t zoom);
    void onTargetPosition(std::int32_t cellX, std::int32_t cellY, wl_fixed_t offsetX, wl_fixed_t offsetY);
    void onTargetZoom(std::uint32_t zoom);
    void onViewport(std::uint32_t width, std::uint32_t height);
    void onZoomLimits(std::uint32_t minimum, std::uint32_t maximum);
    void onLocked(std::uint32_t locked);
    void onCause(std::uint32_t serial);
    void onClosed();

    static const infinite_map_camera_v1_listener kListener;

    PendingCommit& commit_;
    Camera state_;
    // Where the last request that is not answered yet wanted to go: the next one's absent parts mean this.
    std::optional<CameraPose> requested_;
    std::uint32_t requestedSerial_ = 0;
    bool dirty_ = false;
    bool closed_ = false;
    bool known_ = false;
    WaylandHandle<infinite_map_camera_v1> proxy_;
};

} // namespace compositord
