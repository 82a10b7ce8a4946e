// Queries for parts of the map: what is taken is within the bounds that it says, and a cell has one name.

#include "web/tile_query.hpp"

#include "web/http_request.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace compositord;

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto query = parseTilesQuery(text)) {
        require(query->rect.min.x <= query->rect.max.x && query->rect.min.y <= query->rect.max.y);
        require(query->limit >= 1 && query->limit <= static_cast<std::size_t>(kMostInPage));
        require(query->from.has_value() == queryValue(text, "from").has_value());
        require(!query->from || toText(*query->from) == queryValue(text, "from"));
    }
    if (const auto query = parseChunkQuery(text)) {
        const std::int64_t width = std::int64_t{query->cells.max.x} - query->cells.min.x + 1;
        const std::int64_t height = std::int64_t{query->cells.max.y} - query->cells.min.y + 1;
        require(width >= 0 && width <= kLargestChunk && height >= 0 && height <= kLargestChunk);
        require((width == 0) == (height == 0));
    }
    if (const auto cell = parseCell(text)) {
        require(toText(*cell) == text);
    }
    return 0;
}
