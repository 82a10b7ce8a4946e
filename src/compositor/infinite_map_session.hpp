// infinite_map_v1 on one connection: finds the manager, keeps its cameras and windows, turns each done into a
// commit.
#pragma once

#include "compositor/infinite_map_camera.hpp"
#include "compositor/infinite_map_commit.hpp"
#include "compositor/infinite_map_input.hpp"
#include "compositor/infinite_map_tiles.hpp"
#include "compositor/infinite_map_window.hpp"
#include "compositor/request_pacer.hpp"
#include "compositor/wayland_handles.hpp"
#include "world/changes.hpp"
#include "world/command.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace compositord {

class InfiniteMapSession {
public:
    struct Listener {
        std::move_only_function<void(Changes)> onCommit;
        /// The compositor has no such global for this client (yet), or withdrew it.
        std::move_only_function<void(const std::string& reason)> onUnavailable;
    };

    /// `identity` names the compositor; its other members are filled in as they become known.
    InfiniteMapSession(wl_display* display, Compositor identity, Listener listener);
    InfiniteMapSession(const InfiniteMapSession&) = delete;
    InfiniteMapSession& operator=(const InfiniteMapSession&) = delete;
    ~InfiniteMapSession() = default;

    CommandResult request(const Request& request);

    /// The tiles that the compositor is told of; null: none.
    void showTiles(const TileMap* tiles);
    void tell(const std::vector<Cell>& cells);

    /// The objects that there are, for who looks at the messages about them.
    std::vector<wl_proxy*> proxies() const;

    /// The commit that takes away all that earlier commits brought.
    Changes farewell(const std::string& reason) const;

private:
    CommandResult send(const SetCamera& command, const RequestTag& tag);
    CommandResult send(const CancelCamera& command, const RequestTag& tag);
    CommandResult send(const CenterWindow& command, const RequestTag& tag);
    CommandResult send(const FullscreenWindow& command, const RequestTag& tag);
    CommandResult send(const Input& command, const RequestTag& tag);
    CommandResult send(const ReleaseInput& command, const RequestTag& tag);
    CommandResult send(const PutTile& command, const RequestTag& tag);
    CommandResult send(const RemoveTile& command, const RequestTag& tag);
    template <class WindowCommand> CommandResult send(const WindowCommand& command, const RequestTag& tag);

    std::expected<MapCamera*, Refusal> findCamera(const std::optional<std::string>& name);
    std::expected<MapWindow*, Refusal> findWindow(WindowId id);

    void onGlobal(std::uint32_t name, const char* interface, std::uint32_t version);
    void onGlobalRemove(std::uint32_t name);
    void onGlobalsListed(std::uint32_t serial);
    void onCapabilities(std::uint32_t capabilities);
    void onGridSize(std::uint32_t size);
    void onCamera(infinite_map_camera_v1* proxy, const char* name);
    void onWindow(infinite_map_window_v1* proxy, std::uint32_t id);
    void onCheckpoint(std::uint32_t serial);
    void onDone(std::uint32_t serial);
    void onFinished();
    void shareTiles();

    Changes takeCommit();
    void dropManager(const std::string& reason);

    static const wl_registry_listener kRegistryListener;
    static const wl_callback_listener kListedListener;
    static const infinite_map_manager_v1_listener kManagerListener;

    Listener listener_;
    wl_display* display_;
    Compositor compositor_;
    bool compositorChanged_ = false;
    bool described_ = false; // the first done came
    std::string otherWay_;   // what else tells of windows; empty: nothing
    PendingCommit commit_;
    RequestPacer pacer_;
    WaylandHandle<wl_registry> registry_;
    WaylandHandle<wl_callback> listed_;
    std::uint32_t managerName_ = 0;
    WaylandHandle<infinite_map_manager_v1> manager_;
    // A camera of a name that was used before may come in the same commit as the old one's end.
    std::multimap<std::string, std::unique_ptr<MapCamera>> cameras_;
    std::map<WindowId, std::unique_ptr<MapWindow>> windows_;
    MapInputs inputs_;
    const TileMap* storedTiles_ = nullptr;
    std::unique_ptr<MapTiles> tiles_; // while they are shared with the compositor
};

} // namespace compositord
