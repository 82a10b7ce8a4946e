// Takes into our tiles what another program made of the file, a little at a time: a map is large, and the
// loop has other things to do. In between tiles may change as they always do.
#pragma once

#include "manifest/file_tiles.hpp"
#include "manifest/loader.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace compositord {

struct Merged {
    std::vector<Cell> changed; // of our tiles
    std::string records;       // for the journal: what the file does not have
    std::size_t older = 0;     // tiles of the file that were not taken: ours are newer
    std::size_t kept = 0;      // tiles that the file lacks although nobody removed them
    bool differs = false;      // the file is not what we have now: it has to be written again
};

/// Of the tiles that were in the file before the edit, one that is gone was removed by the edit, and one with
/// another brick but the same time was changed by somebody who did not care about times; both happened now.
/// In all other cases the later time wins. An edit may be based on an older version of the file than the one
/// that it replaced: what that one had not yet, it did not remove.
class Merge {
public:
    /// `ours` and `file` outlive this; `file` changes only through this while it is at work. `inPlace`: the
    /// file is the edit now; otherwise it has been replaced by a text of ours already.
    Merge(ManifestContent& ours, FileTiles& file, ManifestContent edited, bool inPlace, TileTime now);

    /// Goes on until everything is taken or the time is over; whether everything is.
    bool proceed(std::chrono::microseconds budget);

    bool isInPlace() const { return inPlace_; }

    /// What came of it since the last call of this.
    Merged takeResult();

private:
    using Clock = std::chrono::steady_clock;

    bool isOver(std::size_t step) const;
    bool proceedPhase();
    bool compare();
    void compareTiles(const TileMap::View& mine, const TileMap::View& theirs);
    bool sameExtras(Cell cell) const;
    bool takeTiles();
    void takeTile(const TileMap::View& theirs);
    void takeExtras(Cell cell);
    bool judgeAbsences();
    bool takeAbsences();
    void takeAbsence(Cell cell);
    bool isInFile(Cell cell) const;
    bool isOld(Cell cell) const;
    void noteLack(Cell cell);
    void record(Cell cell);

    ManifestContent& ours_;
    FileTiles& file_;
    ManifestContent edited_;
    bool inPlace_;
    TileTime now_;
    std::uint32_t mark_;        // of our changes
    std::uint32_t foreignMark_; // of those of the edit
    std::uint32_t base_ = 0;    // the edited version had our tiles up to this mark, if not more
    bool known_ = false;        // there is a tile that it has from us

    enum class Phase : std::uint8_t { compare, takeTiles, judgeAbsences, takeAbsences, done };
    Phase phase_ = Phase::compare;
    Clock::time_point deadline_;
    std::optional<Cell> from_;    // where to go on comparing
    std::size_t next_ = 0;        // of what a later phase goes on with
    std::vector<Cell> differing_; // cells that have something else in the edit
    std::vector<Cell> gone_;      // cells that have nothing in it
    bool changedSome_ = false;
    bool newestRemoved_ = true; // what is gone is nothing but the newest tiles
    Merged merged_;
};

} // namespace compositord
