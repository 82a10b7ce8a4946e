// infinite_map_tiles_v1 on one connection: takes what the compositor announces, and tells it what we have,
// first all of it and then what changes, never more at a time than the connection holds.
#pragma once

#include "compositor/infinite_map_commit.hpp"
#include "compositor/wayland_handles.hpp"
#include "world/tile_map.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <set>
#include <vector>

namespace compositord {

class MapTiles {
public:
    /// Takes over the proxy. The others outlive this; of the tiles, all are told to the compositor.
    MapTiles(infinite_map_tiles_v1* proxy, wl_display* display, PendingCommit& commit, const TileMap& tiles);
    MapTiles(const MapTiles&) = delete;
    MapTiles& operator=(const MapTiles&) = delete;
    ~MapTiles() = default;

    infinite_map_tiles_v1* proxy() const { return proxy_.get(); }

    /// The compositor is to know what these cells have now.
    void tell(const std::vector<Cell>& cells);

private:
    void proceed();
    void sendChanges();
    void sendStored();
    std::size_t send(Cell cell);
    void onTile(std::int32_t cellX, std::int32_t cellY, const char* brick, std::uint32_t seconds,
                std::uint32_t microseconds);
    void onRemoved(std::int32_t cellX, std::int32_t cellY, std::uint32_t seconds, std::uint32_t microseconds);
    void onSynced(std::uint32_t serial);

    static const infinite_map_tiles_v1_listener kListener;
    static const wl_callback_listener kSyncListener;

    wl_display* display_;
    PendingCommit& commit_;
    const TileMap& tiles_;
    std::set<Cell> changed_;         // to be told
    bool replaying_ = true;          // not all that was stored was told
    std::optional<Cell> replayFrom_; // where that goes on
    WaylandHandle<infinite_map_tiles_v1> proxy_;
    std::deque<WaylandHandle<wl_callback>> syncs_; // one for each batch on its way
};

} // namespace compositord
