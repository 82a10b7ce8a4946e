// Tiles as they are written everywhere: an object whose members are named by cells.
#pragma once

#include "world/tile.hpp"

#include <chrono>

namespace compositord {

/// Seconds since 1970, exact to the microsecond.
inline double toSeconds(TileTime time) {
    constexpr double microseconds = 1e6;
    return static_cast<double>(time.time_since_epoch().count()) / microseconds;
}

/// `{"brick": …, "timestamp": …}`
template <class Writer> void writeTile(Writer& out, std::string_view brick, TileTime time) {
    out.beginObject().member("brick", brick).member("timestamp", toSeconds(time)).endObject();
}

template <class Writer> void writeTiles(Writer& out, const std::vector<Tile>& tiles) {
    out.beginObject();
    for (const Tile& tile : tiles) {
        writeTile(out.key(toText(tile.cell)), tile.brick, tile.time);
    }
    out.endObject();
}

template <class Writer> void writeTiles(Writer& out, const std::vector<TileChange>& changes) {
    out.beginObject();
    for (const TileChange& change : changes) {
        out.key(toText(change.cell));
        if (change.brick) {
            writeTile(out, *change.brick, change.time);
        } else {
            out.null();
        }
    }
    out.endObject();
}

} // namespace compositord
