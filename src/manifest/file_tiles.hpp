// What is known of the tiles in the file, which other programs write as well.
#pragma once

#include "world/tile.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>

namespace compositord {

/// Our own tiles have the mark of the version of the file that they come with; those that came from other
/// programs have a mark that names the edit.
class FileTiles {
public:
    /// The version of the file that is in place.
    std::uint32_t version() const { return version_; }

    /// Our tiles up to this mark are in the file now.
    void wrote(std::uint32_t version);

    /// The file has no such tile, or an older one, until this version.
    void noteLack(Cell cell, std::uint32_t version);

    /// The file has what we have.
    void noteHas(Cell cell) { lacks_.erase(cell); }

    /// Whether the file has a tile of ours with this mark.
    bool has(Cell cell, std::uint32_t mark) const;

    /// Another program edited the file: the mark of the tiles that come from it.
    std::uint32_t noteEdit(TileTime now);

    static bool isForeign(std::uint32_t mark) { return mark >= kForeign; }

    /// Whether a tile with such a mark came so lately that a program may be at work on a version without it.
    bool isRecent(std::uint32_t foreignMark) const;

    /// The time from a script's reading of the file to its writing. A program that needs longer may undo what
    /// came meanwhile; a tile that is older is gone when it is left out.
    static constexpr std::chrono::seconds kEditing{60};

    /// If the file lacks more, it counts as lacking all: then no tile is taken for removed because it is not
    /// there.
    static constexpr std::size_t kMostLacks = 16384;

private:
    static constexpr std::uint32_t kForeign = 0x80000000;

    struct Edit {
        std::uint32_t mark;
        TileTime time; // of the last one: those of one second share a mark
    };

    std::uint32_t version_ = 0;
    std::map<Cell, std::uint32_t> lacks_; // to the version that will have it
    std::uint32_t lacksAll_ = 0;          // until this version
    std::deque<Edit> edits_;              // recent ones
    std::uint32_t nextEdit_ = kForeign;
};

} // namespace compositord
