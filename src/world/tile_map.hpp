// All tiles, compact and ordered, so that a rectangle is found without looking at the rest.
// Where two have an opinion about a cell, the later one wins; a removal has a time as well.
#pragma once

#include "world/tile.hpp"
#include "world/tile_names.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace compositord {

/// Which of two bricks of the same time prevails. A removal of that time prevails over both.
enum class Tie : std::uint8_t { keep, replace };

class TileMap {
public:
    /// A tile where it lies: valid until the map changes.
    struct View {
        Cell cell;
        std::string_view brick;
        TileTime time;
        std::uint32_t mark = 0; // see setMark()

        Tile tile() const { return {cell, std::string(brick), time}; }

        bool operator==(const View&) const = default;
    };

private:
    struct Place {
        std::size_t block;
        std::size_t entry;
    };

public:
    /// Removals are remembered, so that an older put does not undo them, up to this many; then the older
    /// half is forgotten.
    static constexpr std::size_t kMostRemovals = 65536;

    /// Tiles of neighbouring cells that change, and are written, together.
    static constexpr std::size_t kBlockSize = 1024;

    TileMap() = default;

    /// A tile on its way into a map; its name has this tile as a user.
    struct Loading {
        Cell cell;
        TileTime time;
        TileNames::Id brick;
        std::uint32_t position = 0; // set by of()
    };

    /// Takes tiles in any order, the latest of each cell, the last one of equal times. Their mark is 0.
    static TileMap of(TileNames names, std::vector<Loading> tiles);

    std::size_t size() const { return size_; }

    /// Whether the tile changed: not if the cell has a removal that is not older, or a tile that is not older
    /// (with Tie::replace, that is newer).
    bool put(Cell cell, std::string_view brick, TileTime time, Tie tie = Tie::keep);

    /// Whether a tile went: not if there is none, or a newer one. The removal is remembered in either case.
    bool remove(Cell cell, TileTime time);

    std::optional<View> find(Cell cell) const;

    /// When the cell's tile was put or removed, as far as that is known.
    std::optional<TileTime> changedAt(Cell cell) const;

    /// What the cell became, as far as that is known: of a cell that never had a tile, that it was removed at
    /// the earliest time.
    TileChange changeOf(Cell cell) const;

    /// A time for a change that happens now: later than the cell's last change even if the clock was set
    /// back.
    TileTime timeOfChange(Cell cell, TileTime now) const;

    /// In an order that stays the same: by squares of cells, row by row, and by cells in a square.
    void visit(const std::function<void(const View&)>& visitor) const;
    void visit(const CellRect& rect, const std::function<void(const View&)>& visitor) const;

    /// Goes from tile to tile in the order of visits. Not to be used after the map changed.
    class Walk {
    public:
        /// From a cell on, or from the first one.
        explicit Walk(const TileMap& map, std::optional<Cell> from = std::nullopt);

        /// Whether it stands at a tile.
        explicit operator bool() const { return at_.block < map_.blocks_.size(); }

        const View& operator*() const { return view_; }

        const View* operator->() const { return &view_; }

        void next() {
            ++at_.entry;
            settle();
        }

    private:
        void settle();

        const TileMap& map_;
        Place at_;
        View view_;
    };

    /// Some of the tiles of a rectangle, and where to go on; nothing if these are the last.
    struct Page {
        std::vector<Tile> tiles;
        std::optional<Cell> next;
    };

    /// At most so many tiles, from a cell on that a page named as next, or from the first one. A page may
    /// have fewer, even none, and go on, where a rectangle has to be looked for in many places.
    Page page(const CellRect& rect, std::optional<Cell> from, std::size_t limit) const;

    /// Before a, in the order of visits.
    static bool before(Cell a, Cell b) { return keyOf(a) < keyOf(b); }

    /// Depends on the tiles alone, not on how they came.
    std::uint64_t digest() const { return digest_; }

    /// Changes are marked with this number from now on, so that a caller can tell old ones from new ones.
    void setMark(std::uint32_t mark) { mark_ = mark; }

    std::uint32_t mark() const { return mark_; }

    /// Mark of the cell's tile; 0 if there is none.
    std::uint32_t markOf(Cell cell) const;

    std::size_t blockCount() const { return blocks_.size(); }

    /// Another number after each change of the block; no two blocks have the same.
    std::uint64_t blockStamp(std::size_t block) const { return blocks_[block].stamp; }

    template <class Visitor> void visitBlock(std::size_t block, Visitor&& visitor) const {
        for (const Entry& entry : blocks_[block].entries) {
            visitor(viewOf(entry));
        }
    }

    /// Bytes on the heap, names apart.
    std::size_t memory() const;

private:
    // A cell's place in the order: the square of 32 x 32 cells row by row, then the cell in it. All 64 bits
    // are used, so that key and cell are the same thing.
    using Key = std::uint64_t;

    struct Entry {
        Key key;
        TileTime time;
        TileNames::Id brick;
        std::uint32_t mark;
    };

    struct Block {
        std::vector<Entry> entries; // never empty
        std::uint64_t stamp;
    };

    static Key keyOf(Cell cell);
    static Cell cellOf(Key key);

    View viewOf(const Entry& entry) const {
        return {cellOf(entry.key), names_.name(entry.brick), entry.time, entry.mark};
    }

    std::uint64_t digestOf(const Entry& entry) const;
    /// The first entry that is not before the key; past the end of its block if the key belongs at its end.
    Place lowerBound(Key key) const;
    const Entry* entryAt(Key key) const;
    /// Calls `visitor` for each tile of the rectangle from the key on until it returns false. Where it
    /// stopped, or where it had to look in more than so many places.
    template <class Visitor>
    std::optional<Key> walk(const CellRect& rect, Key from, std::size_t mostPlaces, Visitor&& visitor) const;
    void insert(Place place, const Entry& entry);
    void erase(Place place);
    void split(std::size_t block);
    void joinWithNext(std::size_t block);
    void rememberRemoval(Key key, TileTime time);

    void change(Block& block) { block.stamp = ++stamps_; }

    TileNames names_;
    std::vector<Block> blocks_; // ordered
    std::unordered_map<Key, TileTime> removals_;
    std::size_t size_ = 0;
    std::uint64_t digest_ = 0;
    std::uint64_t stamps_ = 0;
    std::uint32_t mark_ = 1;
};

} // namespace compositord
