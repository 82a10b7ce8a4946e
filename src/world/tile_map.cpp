#include "world/tile_map.hpp"

#include <algorithm>
#include <utility>

namespace compositord {

namespace {

constexpr unsigned kSquareBits = 5; // squares of 32 x 32 cells: a screen touches few, a row of them is long
constexpr std::uint32_t kInSquare = (1U << kSquareBits) - 1;
constexpr unsigned kSquareAxisBits = 32 - kSquareBits;
constexpr std::size_t kSmallest = TileMap::kBlockSize / 4; // a smaller block is joined with its neighbour

// Order of unsigned numbers is that of the signed ones if the sign bit is turned over.
std::uint32_t biased(std::int32_t axis) {
    return static_cast<std::uint32_t>(axis) ^ 0x80000000U;
}

std::int32_t unbiased(std::uint64_t axis) {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(axis) ^ 0x80000000U);
}

} // namespace

TileMap::Key TileMap::keyOf(Cell cell) {
    const std::uint64_t x = biased(cell.x);
    const std::uint64_t y = biased(cell.y);
    const std::uint64_t square = ((y >> kSquareBits) << kSquareAxisBits) | (x >> kSquareBits);
    return (square << (2 * kSquareBits)) | ((y & kInSquare) << kSquareBits) | (x & kInSquare);
}

Cell TileMap::cellOf(Key key) {
    const Key square = key >> (2 * kSquareBits);
    const Key squareX = square & ((Key{1} << kSquareAxisBits) - 1);
    const Key squareY = square >> kSquareAxisBits;
    return {unbiased((squareX << kSquareBits) | (key & kInSquare)),
            unbiased((squareY << kSquareBits) | ((key >> kSquareBits) & kInSquare))};
}

std::uint64_t TileMap::digestOf(const Entry& entry) const {
    const auto time = static_cast<std::uint64_t>(entry.time.time_since_epoch().count());
    return mixed(mixed(mixed(entry.key) ^ time) ^ names_.hash(entry.brick));
}

TileMap TileMap::of(TileNames names, std::vector<Loading> tiles) {
    const auto byCell = [](const Loading& a, const Loading& b) { return before(a.cell, b.cell); };
    if (!std::ranges::is_sorted(tiles, byCell)) {
        std::uint32_t position = 0;
        for (Loading& tile : tiles) {
            tile.position = position++;
        }
        std::ranges::sort(tiles, [](const Loading& a, const Loading& b) {
            return std::pair(keyOf(a.cell), a.position) < std::pair(keyOf(b.cell), b.position);
        });
    }
    TileMap map;
    map.names_ = std::move(names);
    map.blocks_.reserve(tiles.size() / kBlockSize + 1);
    for (const Loading& tile : tiles) {
        const Entry entry{keyOf(tile.cell), tile.time, tile.brick, 0};
        if (map.blocks_.empty() || (map.blocks_.back().entries.back().key != entry.key &&
                                    map.blocks_.back().entries.size() == kBlockSize)) {
            map.blocks_.push_back({{}, ++map.stamps_});
            map.blocks_.back().entries.reserve(kBlockSize);
        }
        auto& entries = map.blocks_.back().entries;
        if (entries.empty() || entries.back().key != entry.key) {
            entries.push_back(entry);
            ++map.size_;
            map.digest_ += map.digestOf(entry);
        } else if (entry.time < entries.back().time) {
            map.names_.release(entry.brick);
        } else {
            map.digest_ += map.digestOf(entry) - map.digestOf(entries.back());
            map.names_.release(entries.back().brick);
            entries.back() = entry;
        }
    }
    if (!map.blocks_.empty()) {
        map.blocks_.back().entries.shrink_to_fit();
    }
    return map;
}

TileMap::Place TileMap::lowerBound(Key key) const {
    const auto after = std::ranges::upper_bound(blocks_, key, {},
                                                [](const Block& block) { return block.entries.front().key; });
    if (after == blocks_.begin()) {
        return {0, 0};
    }
    const auto block = std::prev(after);
    const auto entry = std::ranges::lower_bound(block->entries, key, {}, &Entry::key);
    return {static_cast<std::size_t>(block - blocks_.begin()),
            static_cast<std::size_t>(entry - block->entries.begin())};
}

const TileMap::Entry* TileMap::entryAt(Key key) const {
    const auto [block, entry] = lowerBound(key);
    if (block == blocks_.size() || entry == blocks_[block].entries.size() ||
        blocks_[block].entries[entry].key != key) {
        return nullptr;
    }
    return &blocks_[block].entries[entry];
}

bool TileMap::put(Cell cell, std::string_view brick, TileTime time, Tie tie) {
    const Key key = keyOf(cell);
    if (const auto removal = removals_.find(key); removal != removals_.end()) {
        if (time <= removal->second) {
            return false;
        }
        removals_.erase(removal);
    }
    const Place place = lowerBound(key);
    if (const Entry* known = entryAt(key)) {
        const bool replaces = tie == Tie::replace && names_.name(known->brick) != brick;
        if (time < known->time || (time == known->time && !replaces)) {
            return false;
        }
        Entry& entry = blocks_[place.block].entries[place.entry];
        digest_ -= digestOf(entry);
        const auto old = std::exchange(entry.brick, names_.acquire(brick));
        names_.release(old);
        entry.time = time;
        entry.mark = mark_;
        digest_ += digestOf(entry);
        change(blocks_[place.block]);
        return true;
    }
    insert(place, {key, time, names_.acquire(brick), mark_});
    return true;
}

void TileMap::insert(Place place, const Entry& entry) {
    ++size_;
    digest_ += digestOf(entry);
    if (blocks_.empty()) {
        blocks_.push_back({{entry}, ++stamps_});
        return;
    }
    auto& entries = blocks_[place.block].entries;
    // Twice the room at each growth, as a vector does by itself, would be half unused on average.
    if (entries.size() == entries.capacity()) {
        entries.reserve(entries.size() + std::max<std::size_t>(entries.size() / 8, 4));
    }
    entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(place.entry), entry);
    change(blocks_[place.block]);
    if (entries.size() > kBlockSize) {
        split(place.block);
    }
}

void TileMap::split(std::size_t block) {
    auto& entries = blocks_[block].entries;
    // Tiles that come in order fill one block after the other.
    const bool atEnd = block + 1 == blocks_.size();
    const auto middle =
        atEnd ? entries.end() - 1 : entries.begin() + static_cast<std::ptrdiff_t>(entries.size() / 2);
    Block second{{middle, entries.end()}, ++stamps_};
    entries.erase(middle, entries.end());
    entries.shrink_to_fit();
    blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(block) + 1, std::move(second));
}

bool TileMap::remove(Cell cell, TileTime time) {
    const Key key = keyOf(cell);
    const Entry* known = entryAt(key);
    if (known != nullptr && known->time > time) {
        return false;
    }
    rememberRemoval(key, time);
    if (known == nullptr) {
        return false;
    }
    erase(lowerBound(key));
    return true;
}

void TileMap::erase(Place place) {
    auto& entries = blocks_[place.block].entries;
    const Entry entry = entries[place.entry];
    --size_;
    digest_ -= digestOf(entry);
    names_.release(entry.brick);
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(place.entry));
    change(blocks_[place.block]);
    if (entries.empty()) {
        blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(place.block));
    } else if (entries.size() < kSmallest && blocks_.size() > 1) {
        joinWithNext(std::min(place.block, blocks_.size() - 2));
    }
}

void TileMap::joinWithNext(std::size_t block) {
    auto& first = blocks_[block].entries;
    auto& second = blocks_[block + 1].entries;
    if (first.size() + second.size() > kBlockSize * 3 / 4) {
        return; // it would soon be split again
    }
    first.insert(first.end(), second.begin(), second.end());
    first.shrink_to_fit();
    change(blocks_[block]);
    blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(block) + 1);
}

void TileMap::rememberRemoval(Key key, TileTime time) {
    const auto [removal, isNew] = removals_.try_emplace(key, time);
    removal->second = std::max(removal->second, time);
    if (removals_.size() <= kMostRemovals) {
        return;
    }
    std::vector<TileTime> times;
    times.reserve(removals_.size());
    for (const auto& each : removals_) {
        times.push_back(each.second);
    }
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::ranges::nth_element(times, middle);
    std::erase_if(removals_, [limit = *middle](const auto& each) { return each.second <= limit; });
}

std::optional<TileMap::View> TileMap::find(Cell cell) const {
    const Entry* entry = entryAt(keyOf(cell));
    return entry == nullptr ? std::nullopt : std::optional(viewOf(*entry));
}

std::optional<TileTime> TileMap::changedAt(Cell cell) const {
    const Key key = keyOf(cell);
    if (const Entry* entry = entryAt(key)) {
        return entry->time;
    }
    const auto removal = removals_.find(key);
    return removal == removals_.end() ? std::nullopt : std::optional(removal->second);
}

TileChange TileMap::changeOf(Cell cell) const {
    if (const auto tile = find(cell)) {
        return {cell, std::string(tile->brick), tile->time};
    }
    return {cell, std::nullopt, changedAt(cell).value_or(kEarliestTile)};
}

TileTime TileMap::timeOfChange(Cell cell, TileTime now) const {
    const auto last = changedAt(cell);
    const TileTime next = last ? std::max(now, *last + std::chrono::microseconds(1)) : now;
    return std::clamp(next, kEarliestTile, kLatestTile);
}

void TileMap::visit(const std::function<void(const View&)>& visitor) const {
    for (std::size_t block = 0; block < blocks_.size(); ++block) {
        visitBlock(block, visitor);
    }
}

template <class Visitor>
std::optional<TileMap::Key> TileMap::walk(const CellRect& rect, Key from, std::size_t mostPlaces,
                                          Visitor&& visitor) const {
    if (rect.min.x > rect.max.x || rect.min.y > rect.max.y) {
        return std::nullopt;
    }
    const auto squareOf = [](Key key) { return key >> (2 * kSquareBits); };
    const Key columns = (Key{1} << kSquareAxisBits) - 1;
    const Key firstColumn = squareOf(keyOf(rect.min)) & columns;
    const Key lastColumn = squareOf(keyOf(rect.max)) & columns;
    const Key lastRow = squareOf(keyOf(rect.max)) >> kSquareAxisBits;
    Place place = lowerBound(std::max(from, squareOf(keyOf(rect.min)) << (2 * kSquareBits)));
    std::size_t places = 0;
    while (place.block < blocks_.size()) {
        const auto& entries = blocks_[place.block].entries;
        if (place.entry == entries.size()) {
            place = {place.block + 1, 0};
            continue;
        }
        const Entry& entry = entries[place.entry];
        const Key row = squareOf(entry.key) >> kSquareAxisBits;
        const Key column = squareOf(entry.key) & columns;
        if (row > lastRow || (row == lastRow && column > lastColumn)) {
            return std::nullopt;
        }
        if (column < firstColumn || column > lastColumn) {
            if (++places > mostPlaces) {
                return entry.key;
            }
            // Squares left of the rectangle, or right of it and on to the next row.
            const Key nextRow = column < firstColumn ? row : row + 1;
            place = lowerBound(((nextRow << kSquareAxisBits) | firstColumn) << (2 * kSquareBits));
            continue;
        }
        const View view = viewOf(entry);
        if (rect.contains(view.cell) && !visitor(view)) {
            return entry.key;
        }
        ++place.entry;
    }
    return std::nullopt;
}

void TileMap::visit(const CellRect& rect, const std::function<void(const View&)>& visitor) const {
    walk(rect, 0, SIZE_MAX, [&](const View& view) {
        visitor(view);
        return true;
    });
}

TileMap::Walk::Walk(const TileMap& map, std::optional<Cell> from)
    : map_(map), at_(from ? map.lowerBound(keyOf(*from)) : Place{0, 0}) {
    settle();
}

void TileMap::Walk::settle() {
    if (*this && at_.entry == map_.blocks_[at_.block].entries.size()) {
        at_ = {at_.block + 1, 0};
    }
    if (*this) {
        view_ = map_.viewOf(map_.blocks_[at_.block].entries[at_.entry]);
    }
}

TileMap::Page TileMap::page(const CellRect& rect, std::optional<Cell> from, std::size_t limit) const {
    constexpr std::size_t mostPlaces = 8192;
    Page page;
    const auto stopped = walk(rect, from ? keyOf(*from) : 0, mostPlaces, [&](const View& view) {
        if (page.tiles.size() == limit) {
            return false;
        }
        page.tiles.push_back(view.tile());
        return true;
    });
    if (stopped) {
        page.next = cellOf(*stopped);
    }
    return page;
}

std::uint32_t TileMap::markOf(Cell cell) const {
    const Entry* entry = entryAt(keyOf(cell));
    return entry == nullptr ? 0 : entry->mark;
}

std::size_t TileMap::memory() const {
    std::size_t bytes = blocks_.capacity() * sizeof(Block);
    for (const Block& block : blocks_) {
        bytes += block.entries.capacity() * sizeof(Entry);
    }
    return bytes;
}

} // namespace compositord
