#include "map_keeper.hpp"

#include "world/world.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

namespace compositord {

namespace {

// Nothing tells when a lock becomes free. A predecessor that is just ending is gone soon.
constexpr std::chrono::milliseconds kFirstDelay{250};
constexpr std::chrono::milliseconds kLongestDelay{30000};

/// Whether what the map has is not what the compositor says, since it is newer or a removal of the same time.
bool prevails(const TileMap& tiles, const TileChange& theirs) {
    const auto changed = tiles.changedAt(theirs.cell);
    return changed > theirs.time || (changed == theirs.time && theirs.brick && !tiles.find(theirs.cell));
}

} // namespace

MapKeeper::MapKeeper(EventLoop& loop, const Log& log, Manifest::Settings settings, Listener listener)
    : loop_(loop), log_(log.withCategory(LogCategory::map)), settings_(std::move(settings)),
      listener_(std::move(listener)), delay_(kFirstDelay) {}

Result<std::unique_ptr<MapKeeper>> MapKeeper::open(EventLoop& loop, const Log& log,
                                                   Manifest::Settings settings, Listener listener) {
    std::unique_ptr<MapKeeper> keeper(new MapKeeper(loop, log, std::move(settings), std::move(listener)));
    if (auto started = keeper->start(); !started) {
        return std::unexpected(started.error());
    }
    return keeper;
}

Result<> MapKeeper::start() {
    auto again = loop_.addTimer([this] { retry(); });
    if (!again) {
        return std::unexpected(again.error());
    }
    again_ = std::move(*again);
    if (settings_.path.empty()) {
        unavailable_ = "neither XDG_STATE_HOME nor HOME says where the manifest is; --manifest would";
        log_.warn("there is no map: {}", unavailable_);
        return {};
    }
    auto opened = tryToOpen();
    if (opened || opened.error().code != EBUSY) {
        return opened;
    }
    unavailable_ = opened.error().message();
    log_.error("there is no map until this one can have it: {}", unavailable_);
    again_.arm(delay_);
    return {};
}

Result<> MapKeeper::tryToOpen() {
    auto manifest = Manifest::open(
        loop_, log_, settings_,
        {.onChanges = [this](const std::vector<Cell>& cells, bool more) { onEdit(cells, more); },
         .onTrouble = {}, // the manifest has logged it
         .onRecovered = {}});
    if (!manifest) {
        return std::unexpected(manifest.error());
    }
    manifest_ = std::move(*manifest);
    unavailable_.clear();
    return {};
}

void MapKeeper::retry() {
    if (auto opened = tryToOpen(); !opened) {
        unavailable_ = opened.error().message();
        log_.debug("{}", unavailable_);
        delay_ = std::min(delay_ * 2, kLongestDelay);
        again_.arm(delay_);
        return;
    }
    listener_.onOpened();
}

void MapKeeper::onEdit(const std::vector<Cell>& cells, bool more) {
    listener_.onNewsForCompositor(cells);
    edited_.insert(edited_.end(), cells.begin(), cells.end());
    if (more) {
        return;
    }
    const auto edited = std::exchange(edited_, {});
    if (edited.size() > World::kMostTiles) {
        listener_.onManyChanges();
        return;
    }
    std::vector<TileChange> changes;
    changes.reserve(edited.size());
    std::ranges::transform(edited, std::back_inserter(changes),
                           [this](Cell cell) { return manifest_->tiles().changeOf(cell); });
    listener_.onChanges(std::move(changes));
}

Manifest::Saved MapKeeper::answering(const Request& request) {
    return [this, request](const Result<>& saved) {
        if (saved) {
            listener_.onAnswer(request, {});
            return;
        }
        listener_.onAnswer(request, std::unexpected(Refusal{RefusalCode::unsaved, "",
                                                            "it is done, but only in memory until it can be "
                                                            "written: " +
                                                                saved.error().message()}));
    };
}

CommandResult MapKeeper::changed(Result<std::optional<TileChange>> change) const {
    if (!change) {
        return std::unexpected(Refusal{RefusalCode::invalidMember, "brick", change.error().message()});
    }
    std::optional<TileChange> made = *std::move(change);
    if (!made) {
        return Outcome::done; // it is so already
    }
    const Cell cell = made->cell;
    listener_.onChanges({*std::move(made)});
    listener_.onNewsForCompositor({cell});
    return Outcome::later;
}

CommandResult MapKeeper::put(const Request& request, const PutTile& command) {
    if (!manifest_) {
        return std::unexpected(Refusal{RefusalCode::unsupported, "", "there is no map: " + unavailable_});
    }
    return changed(manifest_->put(command.cell, command.brick, std::nullopt, answering(request)));
}

CommandResult MapKeeper::remove(const Request& request, const RemoveTile& command) {
    if (!manifest_) {
        return std::unexpected(Refusal{RefusalCode::unsupported, "", "there is no map: " + unavailable_});
    }
    return changed(manifest_->remove(command.cell, std::nullopt, answering(request)));
}

void MapKeeper::takeFromCompositor(const std::vector<TileChange>& announced) {
    if (!manifest_ || announced.empty()) {
        return;
    }
    std::vector<TileChange> changes;
    std::vector<Cell> corrections;
    for (const TileChange& theirs : announced) {
        auto change = theirs.brick ? manifest_->put(theirs.cell, *theirs.brick, theirs.time, {}, Tie::replace)
                                   : manifest_->remove(theirs.cell, theirs.time);
        if (auto made = change ? *std::move(change) : std::nullopt) {
            changes.push_back(*std::move(made));
        } else if (prevails(manifest_->tiles(), theirs)) {
            corrections.push_back(theirs.cell);
        }
    }
    if (!changes.empty()) {
        listener_.onChanges(std::move(changes));
    }
    if (!corrections.empty()) {
        listener_.onNewsForCompositor(corrections);
    }
}

} // namespace compositord
