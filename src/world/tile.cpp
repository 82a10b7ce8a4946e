#include "world/tile.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace compositord {

namespace {

// from_chars takes leading zeros and "-0", which would make two names for one cell.
bool isCanonical(std::string_view digits) {
    if (digits.starts_with('-')) {
        return digits.size() > 1 && digits[1] != '0';
    }
    return digits == "0" || !digits.starts_with('0');
}

std::int32_t axisCell(double world, std::uint32_t gridSize) {
    if (std::isnan(world)) {
        return 0;
    }
    constexpr double lowest = std::numeric_limits<std::int32_t>::min();
    constexpr double highest = std::numeric_limits<std::int32_t>::max();
    return static_cast<std::int32_t>(std::clamp(std::floor(world / gridSize), lowest, highest));
}

} // namespace

std::string toText(Cell cell) {
    return std::to_string(cell.x) + ',' + std::to_string(cell.y);
}

std::optional<Cell> parseCell(std::string_view text) {
    Cell cell;
    const char* const end = text.data() + text.size();
    const auto x = std::from_chars(text.data(), end, cell.x);
    if (x.ec != std::errc{} || x.ptr == end || *x.ptr != ',') {
        return std::nullopt;
    }
    const auto y = std::from_chars(x.ptr + 1, end, cell.y);
    if (y.ec != std::errc{} || y.ptr != end || !isCanonical({text.data(), x.ptr}) ||
        !isCanonical({x.ptr + 1, end})) {
        return std::nullopt;
    }
    return cell;
}

Cell cellAt(WorldPoint point, std::uint32_t gridSize) {
    return {axisCell(point.x, gridSize), axisCell(point.y, gridSize)};
}

WorldPoint cornerOf(Cell cell, std::uint32_t gridSize) {
    return {static_cast<double>(cell.x) * gridSize, static_cast<double>(cell.y) * gridSize};
}

} // namespace compositord
