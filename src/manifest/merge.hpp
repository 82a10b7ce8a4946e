// Takes into our tiles what another program made of the file.
#pragma once

#include "manifest/loader.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace compositord {

struct Merged {
    std::vector<TileChange> changes; // of our tiles
    std::size_t older = 0;           // tiles of the file that were not taken: ours are newer
    bool differs = false;            // the file is not what we have now: it has to be written again
};

/// Tiles whose mark is at most `fileMark` were in the file before the edit, as they are. Of them, one that is
/// gone was removed by the edit, and one with another brick but the same time was changed by somebody who did
/// not care about times; both happened now. In all other cases the later time wins.
Merged mergeEdit(ManifestContent& ours, ManifestContent edited, std::uint32_t fileMark, TileTime now);

} // namespace compositord
