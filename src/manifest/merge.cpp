// First both maps are compared, side by side in their order, which finds the few cells that differ and the
// version that the edit is based on. Then those cells are decided one after the other, by what they have at
// that moment: a tile that is put while this goes on is newer than the edit, and prevails.

#include "manifest/merge.hpp"

#include "manifest/journal.hpp"

#include <algorithm>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kStride = 16; // steps without a look at the clock

} // namespace

Merge::Merge(ManifestContent& ours, FileTiles& file, ManifestContent edited, bool inPlace, TileTime now)
    : ours_(ours), file_(file), edited_(std::move(edited)), inPlace_(inPlace), now_(now),
      mark_(ours.tiles.mark()), foreignMark_(file.noteEdit(now)) {}

bool Merge::proceed(std::chrono::microseconds budget) {
    deadline_ = Clock::now() + budget;
    while (phase_ != Phase::done && proceedPhase()) {
        phase_ = static_cast<Phase>(std::to_underlying(phase_) + 1);
        next_ = 0;
        if (phase_ != Phase::done && isOver(0)) {
            return false;
        }
    }
    return phase_ == Phase::done;
}

bool Merge::proceedPhase() {
    switch (phase_) {
    case Phase::compare:
        return compare();
    case Phase::takeTiles:
        return takeTiles();
    case Phase::judgeAbsences:
        return judgeAbsences();
    case Phase::takeAbsences:
        return takeAbsences();
    case Phase::done:
        break;
    }
    return true;
}

Merged Merge::takeResult() {
    return std::exchange(merged_, {});
}

bool Merge::isOver(std::size_t step) const {
    return step % kStride == 0 && Clock::now() >= deadline_;
}

bool Merge::compare() {
    TileMap::Walk mine(ours_.tiles, from_);
    TileMap::Walk theirs(edited_.tiles, from_);
    for (std::size_t step = 1; mine || theirs; ++step) {
        const bool isMine = mine && (!theirs || !TileMap::before(theirs->cell, mine->cell));
        const bool isTheirs = theirs && (!mine || !TileMap::before(mine->cell, theirs->cell));
        from_ = isMine ? mine->cell : theirs->cell;
        if (isOver(step)) {
            return false;
        }
        if (isMine && isTheirs) {
            compareTiles(*mine, *theirs);
        } else {
            (isMine ? gone_ : differing_).push_back(*from_);
        }
        if (isMine) {
            mine.next();
        }
        if (isTheirs) {
            theirs.next();
        }
    }
    // Another map altogether replaces all that is in the file.
    base_ = known_ ? std::min(base_, file_.version()) : file_.version();
    return true;
}

void Merge::compareTiles(const TileMap::View& mine, const TileMap::View& theirs) {
    // The edit is based on a version at least as new as the newest tile that it can only have from us.
    if (mine.time == theirs.time) {
        known_ = true;
        base_ = FileTiles::isForeign(mine.mark) ? base_ : std::max(base_, mine.mark);
    }
    if (mine.time != theirs.time || mine.brick != theirs.brick || !sameExtras(theirs.cell)) {
        differing_.push_back(theirs.cell);
    }
}

bool Merge::sameExtras(Cell cell) const {
    if (ours_.extras.empty() && edited_.extras.empty()) {
        return true;
    }
    const auto mine = ours_.extras.find(cell);
    const auto theirs = edited_.extras.find(cell);
    const bool none = mine == ours_.extras.end();
    return none == (theirs == edited_.extras.end()) && (none || mine->second == theirs->second);
}

bool Merge::takeTiles() {
    for (std::size_t step = 1; next_ < differing_.size(); ++step) {
        takeTile(*edited_.tiles.find(differing_[next_++]));
        if (isOver(step)) {
            return false;
        }
    }
    return true;
}

void Merge::takeTile(const TileMap::View& theirs) {
    const Cell cell = theirs.cell;
    const auto mine = ours_.tiles.find(cell);
    if (mine && mine->time == theirs.time && mine->brick == theirs.brick) {
        takeExtras(cell);
        return;
    }
    const bool sameTime = mine && isInFile(cell) && mine->time == theirs.time;
    const TileTime time = sameTime ? ours_.tiles.timeOfChange(cell, now_) : theirs.time;
    ours_.tiles.setMark(sameTime ? mark_ : foreignMark_);
    const bool taken = ours_.tiles.put(cell, theirs.brick, time);
    ours_.tiles.setMark(mark_);
    if (!taken) {
        ++merged_.older;
        noteLack(cell);
        return;
    }
    if (sameTime || !inPlace_) {
        noteLack(cell);
    } else {
        file_.noteHas(cell);
    }
    takeExtras(cell);
    merged_.changed.push_back(cell);
    changedSome_ = true;
}

void Merge::takeExtras(Cell cell) {
    const auto theirs = edited_.extras.find(cell);
    if (theirs == edited_.extras.end()) {
        ours_.extras.erase(cell);
    } else {
        ours_.extras.insert_or_assign(cell, theirs->second);
    }
}

// If the newest tiles are all that differs, then somebody removed them.
bool Merge::judgeAbsences() {
    newestRemoved_ = !changedSome_;
    for (std::size_t step = 1; newestRemoved_ && next_ < gone_.size(); ++step) {
        if (isOld(gone_[next_++])) {
            newestRemoved_ = false;
            return true;
        }
        if (isOver(step)) {
            return false;
        }
    }
    return true;
}

bool Merge::takeAbsences() {
    for (std::size_t step = 1; next_ < gone_.size(); ++step) {
        takeAbsence(gone_[next_++]);
        if (isOver(step)) {
            return false;
        }
    }
    ours_.aside = std::move(edited_.aside); // always the file's: nobody else can change them
    return true;
}

void Merge::takeAbsence(Cell cell) {
    if (!ours_.tiles.find(cell)) {
        return; // somebody has removed it meanwhile
    }
    const bool wasInFile = isInFile(cell);
    if (!isOld(cell) && !(newestRemoved_ && wasInFile)) {
        merged_.kept += wasInFile ? 1 : 0;
        noteLack(cell);
        return;
    }
    ours_.tiles.remove(cell, ours_.tiles.timeOfChange(cell, now_));
    ours_.extras.erase(cell);
    record(cell);
    merged_.changed.push_back(cell);
}

bool Merge::isInFile(Cell cell) const {
    return file_.has(cell, ours_.tiles.markOf(cell));
}

/// Whether the version that was edited had this tile: what is missing in it was removed.
bool Merge::isOld(Cell cell) const {
    const auto tile = ours_.tiles.find(cell);
    if (!tile || !file_.has(cell, tile->mark)) {
        return false;
    }
    return FileTiles::isForeign(tile->mark) ? !file_.isRecent(tile->mark)
                                            : tile->mark <= base_ || tile->time + FileTiles::kEditing <= now_;
}

void Merge::noteLack(Cell cell) {
    file_.noteLack(cell, mark_);
    record(cell);
    merged_.differs = true;
}

// The file did not get it, and the journal may not have it any more.
void Merge::record(Cell cell) {
    appendRecord(merged_.records, ours_.tiles.changeOf(cell));
}

} // namespace compositord
