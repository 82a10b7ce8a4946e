// One infinite_map_window_v1: gathers its events until the manager's done, and sends its requests.
#pragma once

#include "compositor/infinite_map_commit.hpp"
#include "compositor/wayland_handles.hpp"
#include "world/command.hpp"

namespace compositord {

class MapWindow {
public:
    /// Takes over the proxy. `commit` outlives this.
    MapWindow(infinite_map_window_v1* proxy, WindowId id, PendingCommit& commit);
    MapWindow(const MapWindow&) = delete;
    MapWindow& operator=(const MapWindow&) = delete;
    ~MapWindow() = default;

    const Window& state() const { return state_; }

    bool closed() const { return closed_; }

    infinite_map_window_v1* proxy() const { return proxy_.get(); }

    /// The state was taken for a commit; returns whether it is the first time.
    bool committed();

    void move(WorldPoint position);
    void resize(double width, double height);

private:
    void touch();
    void onIdentifier(const char* identifier);
    void onAppId(const char* appId);
    void onTitle(const char* title);
    void onPid(std::uint32_t pid);
    void onPosition(std::int32_t cellX, std::int32_t cellY, wl_fixed_t offsetX, wl_fixed_t offsetY);
    void onScreenPosition(infinite_map_camera_v1* camera, wl_fixed_t x, wl_fixed_t y);
    void onSize(wl_fixed_t width, wl_fixed_t height);
    void onSpace(std::uint32_t space);
    void onStacking(std::int32_t index);
    void onParent(infinite_map_window_v1* parent);
    void onState(std::uint32_t state);
    void onClosed();

    static const infinite_map_window_v1_listener kListener;

    PendingCommit& commit_;
    Window state_;
    ScreenPlace screen_; // part of the state while the window is in the screen space
    bool dirty_ = false;
    bool closed_ = false;
    bool known_ = false;
    WaylandHandle<infinite_map_window_v1> proxy_;
};

} // namespace compositord
