// Takes into our tiles what another program made of the file.
#pragma once

#include "manifest/loader.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace compositord {

/// What is known of the tiles in the file.
struct FileTiles {
    std::uint32_t mark = 0; // our tiles with at most this mark are in the file,
    // but for these, whose number is the mark of the next version that will have them
    std::map<Cell, std::uint32_t> lacks;
    std::map<Cell, TileTime> foreign; // those that lately came from other programs, and when

    /// Our tiles up to this mark are in the file now.
    void wrote(std::uint32_t newMark);
};

struct Merged {
    std::vector<TileChange> changes; // of our tiles
    std::size_t older = 0;           // tiles of the file that were not taken: ours are newer
    std::size_t kept = 0;            // tiles that the file lacks although nobody removed them
    bool differs = false;            // the file is not what we have now: it has to be written again
};

/// Of the tiles that were in the file before the edit, one that is gone was removed by the edit, and one with
/// another brick but the same time was changed by somebody who did not care about times; both happened now.
/// In all other cases the later time wins. An edit may be based on an older version of the file than the one
/// that it replaced: what that one had not yet, it did not remove. `inPlace`: the file is the edit now;
/// otherwise it has been replaced by a text of ours already.
Merged mergeEdit(ManifestContent& ours, ManifestContent edited, FileTiles& file, bool inPlace, TileTime now);

} // namespace compositord
