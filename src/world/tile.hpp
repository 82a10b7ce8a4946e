// Tiles of the map: a brick (a picture's file name) on a cell of the grid, with the time it was put there.
#pragma once

#include "world/types.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace compositord {

struct Cell {
    std::int32_t x = 0;
    std::int32_t y = 0;

    auto operator<=>(const Cell&) const = default;
};

/// Both corners belong to it; empty if a minimum is greater than its maximum.
struct CellRect {
    Cell min;
    Cell max;

    bool contains(Cell cell) const {
        return cell.x >= min.x && cell.x <= max.x && cell.y >= min.y && cell.y <= max.y;
    }

    bool operator==(const CellRect&) const = default;
};

constexpr CellRect kAllCells{{INT32_MIN, INT32_MIN}, {INT32_MAX, INT32_MAX}};

/// Whole microseconds, which a JSON number of seconds holds exactly for all times below.
using TileTime = std::chrono::sys_time<std::chrono::microseconds>;

/// The wire has 32 bits of seconds.
constexpr TileTime kEarliestTile{};
constexpr TileTime kLatestTile{std::chrono::seconds{4294967296} - std::chrono::microseconds{1}};

struct Tile {
    Cell cell;
    std::string brick;
    TileTime time;

    bool operator==(const Tile&) const = default;
};

/// What a cell became: a brick, or nothing.
struct TileChange {
    Cell cell;
    std::optional<std::string> brick; // none: removed
    TileTime time;

    bool operator==(const TileChange&) const = default;
};

/// "x,y", the name of a cell in texts.
std::string toText(Cell cell);

/// Takes exactly what toText writes: no spaces, no plus, no leading zeros, no minus zero.
std::optional<Cell> parseCell(std::string_view text);

/// The cell that a point of the world lies in: floor(world / gridSize), clamped to the cells that there are.
Cell cellAt(WorldPoint point, std::uint32_t gridSize);

/// The top-left corner of a cell.
WorldPoint cornerOf(Cell cell, std::uint32_t gridSize);

} // namespace compositord
