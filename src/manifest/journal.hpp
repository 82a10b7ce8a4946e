// The journal's records: changes of tiles that manifest.json does not have yet, one line each, with a
// checksum. Lines, so that a damaged one costs no other, and so that a person can read what was saved.
// Their order does not matter when they are replayed: the later time wins.
#pragma once

#include "world/tile.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace compositord {

/// Appends the record of a change: "CRC put X Y MICROSECONDS BRICK\n" or "CRC remove X Y MICROSECONDS\n".
void appendRecord(std::string& journal, const TileChange& change);

struct Replay {
    std::size_t whole = 0;   // bytes up to the end of the last line that is whole
    std::size_t records = 0; // that were good
    std::size_t damaged = 0; // lines that are none of ours
};

/// Calls `apply` for each good record. An unfinished line at the end is what a crash leaves: nobody was told
/// that it is safe, and it does not count as damaged.
Replay replayJournal(std::string_view journal, const std::function<void(const TileChange&)>& apply);

/// The records of removals that nothing later in the journal undoes, as they are: the newest of each cell, at
/// most so many of the latest.
std::string removalsOf(std::string_view journal, std::size_t most);

} // namespace compositord
