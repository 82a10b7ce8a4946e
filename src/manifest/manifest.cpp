// What keeps a change from being lost, from its call on: a record in the journal (synced in one go for all of
// a turn of the loop, by the worker), then the whole text (made of kept pieces in slices on the loop, written
// by the worker), then the journal is cut. Pieces made while changes go on need no common moment: what came
// after the first slice stays in the journal.

#include "manifest/manifest.hpp"

#include "base/file_name.hpp"
#include "manifest/journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace compositord {

namespace {

using namespace std::chrono_literals;

constexpr int kLastTries = 4; // at the end, should other programs write at the same time

TileTime now() {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

bool isPossible(const std::optional<TileTime>& time) {
    return !time || (*time >= kEarliestTile && *time <= kLatestTile);
}

} // namespace

Result<std::unique_ptr<Manifest>> Manifest::open(EventLoop& loop, const Log& log, Settings settings,
                                                 Listener listener) {
    auto path = followLink(settings.path);
    if (!path) {
        return std::unexpected(path.error());
    }
    settings.path = std::move(*path);
    std::unique_ptr<Manifest> manifest(new Manifest(loop, log, std::move(settings), std::move(listener)));
    if (auto started = manifest->start(loop); !started) {
        manifest->worker_.reset(); // nothing was changed: there is nothing to write
        return std::unexpected(started.error());
    }
    return manifest;
}

Manifest::Manifest(EventLoop& loop, const Log& log, Settings settings, Listener listener)
    : loop_(loop), log_(log.withCategory(LogCategory::manifest)), settings_(std::move(settings)),
      listener_(std::move(listener)), storage_(std::make_shared<Storage>(settings_.path)) {}

Result<> Manifest::start(EventLoop& loop) {
    auto prepared = storage_->prepare();
    if (!prepared && prepared.error().code == EBUSY) {
        return prepared;
    }
    auto save = loop.addDeferred([this] { saveRecords(); });
    auto prepare = loop.addTimer([this] { prepareWrite(); });
    auto merge = loop.addTimer([this] { proceedMerge(); });
    auto warm = loop.addTimer([this] { static_cast<void>(text()); });
    auto write = loop.addTimer([this] {
        writeScheduled_ = false;
        beginWrite();
    });
    auto again = loop.addTimer([this] { retry(); });
    for (auto* source : {&save, &prepare, &merge, &warm, &write, &again}) {
        if (!*source) {
            return std::unexpected(source->error());
        }
    }
    saveSource_ = std::move(*save);
    prepareTimer_ = std::move(*prepare);
    mergeTimer_ = std::move(*merge);
    warmTimer_ = std::move(*warm);
    writeTimer_ = std::move(*write);
    retryTimer_ = std::move(*again);
    auto worker = Worker::create(loop);
    if (!worker) {
        return std::unexpected(worker.error());
    }
    watchFolder(); // before reading, so that no edit is missed
    if (!prepared) {
        journalTrouble_ = prepared.error();
    }
    readFiles();
    worker_ = std::move(*worker);
    if (journalTrouble_ || fileTrouble_ || !watching_) {
        retryDelay_ = 0ms;
        retryLater();
    } else if (dirty_) {
        writeLater();
    }
    return {};
}

void Manifest::readFiles() {
    auto state = storage_->look();
    if (!state) {
        fileTrouble_ = state.error();
    } else if (state->kind == FileState::Kind::loaded) {
        content_ = std::move(state->loaded->content);
        takeWarnings(state->loaded->warnings);
    } else if (state->kind == FileState::Kind::quarantined) {
        log_.error("the manifest cannot be used ({})", state->problem);
        dirty_ = true;
    } else if (state->kind == FileState::Kind::missing || state->kind == FileState::Kind::empty) {
        dirty_ = true;
    }
    content_.tiles.setMark(file_.version() + 1);
    std::size_t changed = 0;
    const auto warning = storage_->replay([&](const TileChange& change) {
        if (!change.brick) {
            const bool gone = content_.tiles.remove(change.cell, change.time);
            changed += gone ? 1 : 0;
            if (gone) {
                content_.extras.erase(change.cell);
            }
        } else {
            changed += content_.tiles.put(change.cell, *change.brick, change.time) ? 1 : 0;
        }
        // Puts are dropped from the journal once they are in the file; removals stay.
        dirty_ = dirty_ || change.brick.has_value() || changed > 0;
    });
    if (!warning) {
        journalTrouble_ = warning.error();
    } else if (!warning->empty()) {
        log_.error("{}", *warning);
        dirty_ = true;
    }
    if (const auto leftover = storage_->takeLeftover()) {
        leftover->content.tiles.visit([&](const TileMap::View& tile) {
            const bool taken = content_.tiles.put(tile.cell, tile.brick, tile.time);
            dirty_ = dirty_ || taken;
        });
    }
    log_.info("{} tiles in {}{}", content_.tiles.size(), settings_.path.string(),
              changed == 0 ? "" : fmt::format(", {} of them from its journal", changed));
}

Manifest::~Manifest() {
    if (!worker_) {
        return;
    }
    listener_ = {};                                       // what goes wrong now is only logged
    static_cast<void>(compressed_.takeMissing(SIZE_MAX)); // nobody will ask for it
    bool inTime = true;
    for (int i = 0; i < kLastTries && inTime && (i == 0 || dirty_ || writing_ || !records_.empty()); ++i) {
        saveRecords();
        beginWrite();
        if (writing_ && !submitted_ && !taking_) {
            submitWrite();
        }
        inTime = worker_->drain(kPatience);
        while (merge_) {
            proceedMerge();
        }
    }
    if (!inTime || dirty_) {
        log_.error("manifest.json is not up to date: its journal has what could be saved; keep both");
    }
}

Result<std::optional<TileChange>> Manifest::put(Cell cell, std::string_view brick,
                                                std::optional<TileTime> time, Saved saved, Tie tie) {
    if (!isFileName(brick)) {
        return failure(EINVAL, "a brick must be a file name of 1 to 255 bytes without a folder",
                       printable(brick));
    }
    if (!isPossible(time)) {
        return failure(EINVAL, "a tile's time must be between the years 1970 and 2106", toText(cell));
    }
    const TileTime when = time.value_or(content_.tiles.timeOfChange(cell, now()));
    if (!content_.tiles.put(cell, brick, when, tie)) {
        return std::nullopt;
    }
    TileChange change{cell, std::string(brick), when};
    record(change, std::move(saved));
    return change;
}

Result<std::optional<TileChange>> Manifest::remove(Cell cell, std::optional<TileTime> time, Saved saved) {
    if (!isPossible(time)) {
        return failure(EINVAL, "a tile's time must be between the years 1970 and 2106", toText(cell));
    }
    const TileTime when = time.value_or(content_.tiles.timeOfChange(cell, now()));
    if (!content_.tiles.remove(cell, when)) {
        return std::nullopt;
    }
    content_.extras.erase(cell);
    TileChange change{cell, std::nullopt, when};
    record(change, std::move(saved));
    return change;
}

std::vector<Tile> Manifest::query(const CellRect& rect) const {
    std::vector<Tile> found;
    content_.tiles.visit(rect, [&](const TileMap::View& view) { found.push_back(view.tile()); });
    return found;
}

void Manifest::record(const TileChange& change, Saved saved) {
    if (!content_.aside.empty()) {
        std::erase_if(content_.aside,
                      [name = toText(change.cell)](const AsideMember& member) { return member.key == name; });
    }
    appendRecord(records_, change);
    if (saved) {
        waiting_.push_back(std::move(saved));
    }
    saveSource_.trigger();
    dirty_ = true;
    writeLater();
}

} // namespace compositord
