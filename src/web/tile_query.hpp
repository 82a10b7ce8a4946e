// The queries of requests for parts of the map.
#pragma once

#include "world/tile.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace compositord {

/// A page of /api/v1/tiles: some 100 kB, in well below a millisecond.
constexpr std::int64_t kMostInPage = 2048;

struct TilesQuery {
    CellRect rect = kAllCells;
    std::optional<Cell> from; // where to go on
    std::size_t limit = 0;
};

/// "rect=x0,y0,x1,y1&from=x,y&limit=n", any of them missing; nothing if one is wrong.
std::optional<TilesQuery> parseTilesQuery(std::string_view query);

constexpr std::int64_t kLargestChunk = 64; // cells on a side

struct ChunkQuery {
    std::int32_t x = 0;
    std::int32_t y = 0;
    CellRect cells; // of it that there are, which may be none
};

/// "x=n&y=n&size=n", the size may be missing; nothing if one is wrong.
std::optional<ChunkQuery> parseChunkQuery(std::string_view query);

} // namespace compositord
