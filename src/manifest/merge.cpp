#include "manifest/merge.hpp"

#include <utility>

namespace compositord {

namespace {

class Merge {
public:
    Merge(ManifestContent& ours, ManifestContent& edited, std::uint32_t fileMark, TileTime now)
        : ours_(ours), edited_(edited), fileMark_(fileMark), now_(now) {}

    Merged run() {
        // First what to do, then doing it: a map must not change while it is visited.
        std::vector<Cell> gone;
        ours_.tiles.visit([&](const TileMap::View& tile) {
            if (!edited_.tiles.find(tile.cell)) {
                gone.push_back(tile.cell);
            }
        });
        edited_.tiles.visit([&](const TileMap::View& tile) { takeTile(tile); });
        for (const Cell cell : gone) {
            takeAbsence(cell);
        }
        takeAside();
        return std::move(merged_);
    }

private:
    void takeTile(const TileMap::View& theirs) {
        const Cell cell = theirs.cell;
        const auto mine = ours_.tiles.find(cell);
        if (mine && mine->time == theirs.time && mine->brick == theirs.brick) {
            takeExtras(cell);
            return;
        }
        const bool wasInFile = mine && ours_.tiles.markOf(cell) <= fileMark_;
        const bool sameTime = wasInFile && mine->time == theirs.time;
        const TileTime time = sameTime ? ours_.tiles.timeOfChange(cell, now_) : theirs.time;
        const auto mark = ours_.tiles.mark();
        // What is taken as it is, is in the file.
        ours_.tiles.setMark(sameTime ? mark : fileMark_);
        const bool taken = ours_.tiles.put(cell, theirs.brick, time);
        ours_.tiles.setMark(mark);
        if (!taken) {
            ours_.tiles.touch(cell);
            ++merged_.older;
            merged_.differs = true;
            return;
        }
        merged_.differs |= sameTime;
        takeExtras(cell);
        merged_.changes.push_back({cell, std::string(theirs.brick), time});
    }

    void takeExtras(Cell cell) {
        const auto theirs = edited_.extras.find(cell);
        if (theirs == edited_.extras.end()) {
            ours_.extras.erase(cell);
        } else {
            ours_.extras.insert_or_assign(cell, theirs->second);
        }
    }

    void takeAbsence(Cell cell) {
        if (ours_.tiles.markOf(cell) > fileMark_) {
            merged_.differs = true; // it came after the file was written
            return;
        }
        const TileTime time = ours_.tiles.timeOfChange(cell, now_);
        ours_.tiles.remove(cell, time);
        ours_.extras.erase(cell);
        merged_.changes.push_back({cell, std::nullopt, time});
    }

    // They are always the file's: nobody else can change them.
    void takeAside() { ours_.aside = std::move(edited_.aside); }

    ManifestContent& ours_;
    ManifestContent& edited_;
    std::uint32_t fileMark_;
    TileTime now_;
    Merged merged_;
};

} // namespace

Merged mergeEdit(ManifestContent& ours, ManifestContent edited, std::uint32_t fileMark, TileTime now) {
    return Merge(ours, edited, fileMark, now).run();
}

} // namespace compositord
