#include "world/grid.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace compositord {

namespace {

constexpr double kMillion = 1e6;

std::int64_t floorDivide(std::int64_t dividend, std::int64_t divisor) {
    const std::int64_t quotient = dividend / divisor;
    return dividend % divisor < 0 ? quotient - 1 : quotient;
}

} // namespace

CellOffset toCellOffset(double world, std::uint32_t gridSize) {
    if (std::isnan(world)) {
        return {};
    }
    const std::int64_t cellUnits = static_cast<std::int64_t>(gridSize) * 256;
    const std::int64_t lowest = std::numeric_limits<std::int32_t>::min() * cellUnits;
    const std::int64_t highest =
        (static_cast<std::int64_t>(std::numeric_limits<std::int32_t>::max()) + 1) * cellUnits - 1;
    const double scaled =
        std::clamp(world * 256.0, static_cast<double>(lowest), static_cast<double>(highest));
    // The bounds themselves may round outward as doubles.
    const std::int64_t units = std::clamp(static_cast<std::int64_t>(std::llround(scaled)), lowest, highest);
    const std::int64_t cell = floorDivide(units, cellUnits);
    return {static_cast<std::int32_t>(cell), static_cast<std::int32_t>(units - cell * cellUnits)};
}

double fromCellOffset(CellOffset position, std::uint32_t gridSize) {
    return static_cast<double>(position.cell) * gridSize + position.offset256 / 256.0;
}

std::uint32_t toMillionths(double zoom) {
    if (std::isnan(zoom)) {
        return 1;
    }
    constexpr double highest = std::numeric_limits<std::uint32_t>::max();
    return static_cast<std::uint32_t>(std::clamp(std::round(zoom * kMillion), 1.0, highest));
}

double fromMillionths(std::uint32_t zoom) {
    return zoom / kMillion;
}

} // namespace compositord
