// Arithmetic between world coordinates and the grid: cells, offsets in 256ths, zoom in millionths.
#pragma once

#include <cstdint>

namespace compositord {

/// One axis of a point as the Wayland protocol sends it: world = cell * gridSize + offset256 / 256.
struct CellOffset {
    std::int32_t cell = 0;
    std::int32_t offset256 = 0; // 256ths of a world unit

    bool operator==(const CellOffset&) const = default;
};

/// Rounds to 1/256 world unit, then divides; 0 <= offset < gridSize. A cell outside int32 is clamped to the
/// nearest point that has one, NaN to 0. `gridSize` is in world units, 1 to 1000000.
CellOffset toCellOffset(double world, std::uint32_t gridSize);

/// Accepts offsets outside the cell.
double fromCellOffset(CellOffset position, std::uint32_t gridSize);

/// Zoom in millionths, at least 1; clamped to 32 bits.
std::uint32_t toMillionths(double zoom);
double fromMillionths(std::uint32_t zoom);

} // namespace compositord
