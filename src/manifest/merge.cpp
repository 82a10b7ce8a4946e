#include "manifest/merge.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace compositord {

namespace {

// The time from a script's reading of the file to its writing. A program that needs longer may undo what came
// meanwhile; a tile that is older is gone when it is left out.
constexpr std::chrono::seconds kEditing{60};

class Merge {
public:
    Merge(ManifestContent& ours, ManifestContent& edited, FileTiles& file, bool inPlace, TileTime now)
        : ours_(ours), edited_(edited), file_(file), inPlace_(inPlace), now_(now), mark_(ours.tiles.mark()) {}

    Merged run() {
        std::erase_if(file_.foreign, [this](const auto& entry) { return !isRecent(entry.second); });
        findBase();
        // First what to do, then doing it: a map must not change while it is visited.
        std::vector<Cell> gone;
        ours_.tiles.visit([&](const TileMap::View& tile) {
            if (!edited_.tiles.find(tile.cell)) {
                gone.push_back(tile.cell);
            }
        });
        edited_.tiles.visit([&](const TileMap::View& tile) { takeTile(tile); });
        takeAbsences(gone);
        takeAside();
        return std::move(merged_);
    }

private:
    /// The edit is based on a version at least as new as the newest tile that it can only have from us.
    void findBase() {
        bool known = false;
        edited_.tiles.visit([&](const TileMap::View& theirs) {
            const auto mine = ours_.tiles.find(theirs.cell);
            if (mine && mine->time == theirs.time) {
                known = true;
                base_ = isForeign(theirs.cell) ? base_ : std::max(base_, ours_.tiles.markOf(theirs.cell));
            }
        });
        // Another map altogether replaces all that is in the file.
        base_ = known ? std::min(base_, file_.mark) : file_.mark;
    }

    bool isRecent(TileTime time) const { return time + kEditing > now_; }

    bool isForeign(Cell cell) const { return file_.foreign.contains(cell); }

    bool isInFile(Cell cell) const {
        return ours_.tiles.markOf(cell) <= file_.mark && !file_.lacks.contains(cell);
    }

    /// Whether the version that was edited may have lacked a tile that is in the file.
    bool isNews(Cell cell) const {
        const auto tile = ours_.tiles.find(cell);
        return isForeign(cell) || (ours_.tiles.markOf(cell) > base_ && tile && isRecent(tile->time));
    }

    void takeTile(const TileMap::View& theirs) {
        const Cell cell = theirs.cell;
        const auto mine = ours_.tiles.find(cell);
        if (mine == theirs) {
            takeExtras(cell);
            return;
        }
        const bool sameTime = mine && isInFile(cell) && mine->time == theirs.time;
        const TileTime time = sameTime ? ours_.tiles.timeOfChange(cell, now_) : theirs.time;
        // What is taken as it is, is in the file.
        ours_.tiles.setMark(sameTime ? mark_ : file_.mark);
        const bool taken = ours_.tiles.put(cell, theirs.brick, time);
        ours_.tiles.setMark(mark_);
        if (!taken) {
            ++merged_.older;
            noteLack(cell);
            return;
        }
        file_.lacks.erase(cell);
        if (!sameTime) {
            file_.foreign.insert_or_assign(cell, now_);
        }
        if (sameTime || !inPlace_) {
            noteLack(cell);
        }
        takeExtras(cell);
        merged_.changes.push_back({cell, std::string(theirs.brick), time});
    }

    void noteLack(Cell cell) {
        file_.lacks.insert_or_assign(cell, mark_);
        merged_.differs = true;
    }

    void takeExtras(Cell cell) {
        const auto theirs = edited_.extras.find(cell);
        if (theirs == edited_.extras.end()) {
            ours_.extras.erase(cell);
        } else {
            ours_.extras.insert_or_assign(cell, theirs->second);
        }
    }

    void takeAbsences(const std::vector<Cell>& gone) {
        const auto isOld = [this](Cell cell) { return isInFile(cell) && !isNews(cell); };
        // If the newest tiles are all that differs, then somebody removed them.
        const bool newestRemoved = merged_.changes.empty() && std::ranges::none_of(gone, isOld);
        for (const Cell cell : gone) {
            if (isOld(cell) || (newestRemoved && isInFile(cell))) {
                remove(cell);
            } else {
                merged_.kept += isInFile(cell) ? 1 : 0;
                noteLack(cell);
            }
        }
    }

    void remove(Cell cell) {
        const TileTime time = ours_.tiles.timeOfChange(cell, now_);
        ours_.tiles.remove(cell, time);
        ours_.extras.erase(cell);
        merged_.changes.push_back({cell, std::nullopt, time});
    }

    // They are always the file's: nobody else can change them.
    void takeAside() { ours_.aside = std::move(edited_.aside); }

    ManifestContent& ours_;
    ManifestContent& edited_;
    FileTiles& file_;
    bool inPlace_;
    TileTime now_;
    std::uint32_t mark_;     // of our changes
    std::uint32_t base_ = 0; // the edited version had our tiles up to this mark, if not more
    Merged merged_;
};

} // namespace

void FileTiles::wrote(std::uint32_t newMark) {
    mark = newMark;
    std::erase_if(lacks, [newMark](const auto& entry) { return entry.second <= newMark; });
}

Merged mergeEdit(ManifestContent& ours, ManifestContent edited, FileTiles& file, bool inPlace, TileTime now) {
    return Merge(ours, edited, file, inPlace, now).run();
}

} // namespace compositord
