#include "compositor/infinite_map_tiles.hpp"

#include "base/file_name.hpp"

namespace compositord {

namespace {

// Two batches keep the compositor busy, and are together far below what a socket's buffer holds: libwayland
// ends a connection whose socket takes no more.
constexpr std::size_t kBatchBytes = 6UL * 1024;
constexpr std::size_t kMostBatches = 2;
constexpr std::size_t kAtOnce = 64; // tiles taken from the map
constexpr std::size_t kHeader = 28; // of a put, without the name

constexpr std::uint32_t kMicroseconds = 1000000;

struct WireTime {
    std::uint32_t seconds;
    std::uint32_t microseconds;
};

WireTime onTheWire(TileTime time) {
    const auto count = static_cast<std::uint64_t>(time.time_since_epoch().count());
    return {static_cast<std::uint32_t>(count / kMicroseconds),
            static_cast<std::uint32_t>(count % kMicroseconds)};
}

TileTime fromTheWire(std::uint32_t seconds, std::uint32_t microseconds) {
    return TileTime(std::chrono::seconds(seconds) + std::chrono::microseconds(microseconds));
}

std::size_t put(infinite_map_tiles_v1* proxy, Cell cell, const std::string& brick, TileTime time) {
    const WireTime when = onTheWire(time);
    infinite_map_tiles_v1_put(proxy, cell.x, cell.y, brick.c_str(), when.seconds, when.microseconds);
    return kHeader + brick.size();
}

} // namespace

constexpr infinite_map_tiles_v1_listener MapTiles::kListener = {
    .tile = &ListenerThunk<&MapTiles::onTile>::call<infinite_map_tiles_v1>,
    .removed = &ListenerThunk<&MapTiles::onRemoved>::call<infinite_map_tiles_v1>,
};

constexpr wl_callback_listener MapTiles::kSyncListener = {
    .done = &ListenerThunk<&MapTiles::onSynced>::call<wl_callback>,
};

MapTiles::MapTiles(infinite_map_tiles_v1* proxy, wl_display* display, PendingCommit& commit,
                   const TileMap& tiles)
    : display_(display), commit_(commit), tiles_(tiles), proxy_(proxy) {
    infinite_map_tiles_v1_add_listener(proxy, &kListener, this);
    infinite_map_tiles_v1_begin_replay(proxy);
    proceed();
}

void MapTiles::tell(const std::vector<Cell>& cells) {
    changed_.insert(cells.begin(), cells.end());
    proceed();
}

void MapTiles::proceed() {
    while (syncs_.size() < kMostBatches && (!changed_.empty() || replaying_)) {
        // What changes now is waited for; what is stored has time.
        if (!changed_.empty()) {
            sendChanges();
        } else {
            sendStored();
        }
        syncs_.emplace_back(wl_display_sync(display_));
        wl_callback_add_listener(syncs_.back().get(), &kSyncListener, this);
    }
}

void MapTiles::sendChanges() {
    for (std::size_t bytes = 0; bytes < kBatchBytes && !changed_.empty();) {
        bytes += send(*changed_.begin());
        changed_.erase(changed_.begin());
    }
    infinite_map_tiles_v1_commit(proxy_.get());
}

std::size_t MapTiles::send(Cell cell) {
    if (const auto tile = tiles_.find(cell)) {
        return put(proxy_.get(), cell, std::string(tile->brick), tile->time);
    }
    if (const auto removed = tiles_.changedAt(cell)) {
        const WireTime when = onTheWire(*removed);
        infinite_map_tiles_v1_remove(proxy_.get(), cell.x, cell.y, when.seconds, when.microseconds);
    }
    return kHeader;
}

void MapTiles::sendStored() {
    for (std::size_t bytes = 0; bytes < kBatchBytes;) {
        const TileMap::Page page = tiles_.page(kAllCells, replayFrom_, kAtOnce);
        for (const Tile& tile : page.tiles) {
            bytes += put(proxy_.get(), tile.cell, tile.brick, tile.time);
        }
        replayFrom_ = page.next;
        if (!page.next) {
            replaying_ = false;
            infinite_map_tiles_v1_end_replay(proxy_.get());
            return;
        }
    }
}

void MapTiles::onSynced(std::uint32_t /*serial*/) {
    syncs_.pop_front();
    proceed();
}

void MapTiles::onTile(std::int32_t cellX, std::int32_t cellY, const char* brick, std::uint32_t seconds,
                      std::uint32_t microseconds) {
    if (isFileName(brick) && microseconds < kMicroseconds) { // else the protocol says to ignore it
        commit_.tiles.push_back({{cellX, cellY}, brick, fromTheWire(seconds, microseconds)});
    }
}

void MapTiles::onRemoved(std::int32_t cellX, std::int32_t cellY, std::uint32_t seconds,
                         std::uint32_t microseconds) {
    if (microseconds < kMicroseconds) {
        commit_.tiles.push_back({{cellX, cellY}, std::nullopt, fromTheWire(seconds, microseconds)});
    }
}

} // namespace compositord
