#include "web/tile_query.hpp"

#include "web/http_request.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace compositord {

namespace {

constexpr std::int64_t kUsualChunk = 16;

std::optional<std::int64_t> parseInteger(std::string_view text) {
    std::int64_t number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool good = result.ec == std::errc() && result.ptr == text.data() + text.size();
    return good ? std::optional(number) : std::nullopt;
}

/// An integer of the query, the default if it is not there, nothing if it is wrong.
std::optional<std::int64_t> integer(std::string_view query, std::string_view name,
                                    std::optional<std::int64_t> byDefault, std::int64_t min,
                                    std::int64_t max) {
    const auto text = queryValue(query, name);
    const auto number = text ? parseInteger(*text) : byDefault;
    return number && *number >= min && *number <= max ? number : std::nullopt;
}

std::optional<CellRect> parseRect(std::string_view text) {
    std::array<std::int32_t, 4> edges{};
    for (std::size_t i = 0; i < edges.size(); ++i) {
        const auto comma = text.find(',');
        const auto number = parseInteger(text.substr(0, comma));
        if (!number || *number < INT32_MIN || *number > INT32_MAX ||
            (comma == std::string_view::npos) != (i + 1 == edges.size())) {
            return std::nullopt;
        }
        edges.at(i) = static_cast<std::int32_t>(*number);
        text.remove_prefix(std::min(text.size(), comma == std::string_view::npos ? comma : comma + 1));
    }
    const CellRect rect{{edges[0], edges[1]}, {edges[2], edges[3]}};
    return rect.min.x <= rect.max.x && rect.min.y <= rect.max.y ? std::optional(rect) : std::nullopt;
}

} // namespace

std::optional<TilesQuery> parseTilesQuery(std::string_view query) {
    const auto area = queryValue(query, "rect");
    const auto rect = area ? parseRect(*area) : std::optional(kAllCells);
    const auto start = queryValue(query, "from");
    const auto from = start ? parseCell(*start) : std::nullopt;
    const auto limit = integer(query, "limit", kMostInPage, 1, kMostInPage);
    if (!rect || !limit || (start && !from)) {
        return std::nullopt;
    }
    return TilesQuery{*rect, from, static_cast<std::size_t>(*limit)};
}

std::optional<ChunkQuery> parseChunkQuery(std::string_view query) {
    const auto size = integer(query, "size", kUsualChunk, 1, kLargestChunk);
    const auto x = integer(query, "x", std::nullopt, INT32_MIN, INT32_MAX);
    const auto y = integer(query, "y", std::nullopt, INT32_MIN, INT32_MAX);
    if (!size || !x || !y) {
        return std::nullopt;
    }
    constexpr CellRect none{{0, 0}, {-1, -1}};
    ChunkQuery chunk{static_cast<std::int32_t>(*x), static_cast<std::int32_t>(*y), none};
    const std::int64_t left = *x * *size;
    const std::int64_t top = *y * *size;
    const auto inside = [](std::int64_t axis) { return axis >= INT32_MIN && axis <= INT32_MAX; };
    if (inside(left) && inside(top)) {
        const auto last = [&](std::int64_t first) {
            return static_cast<std::int32_t>(std::min<std::int64_t>(first + *size - 1, INT32_MAX));
        };
        chunk.cells = {{static_cast<std::int32_t>(left), static_cast<std::int32_t>(top)},
                       {last(left), last(top)}};
    }
    return chunk;
}

} // namespace compositord
