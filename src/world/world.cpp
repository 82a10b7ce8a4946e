#include "world/world.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace compositord {

namespace {

/// Keeps of `removed` what existed and does not come again in the same commit.
template <class Key, class Thing>
std::vector<Key> removeFrom(std::map<Key, Thing>& map, const std::vector<Key>& removed,
                            const std::vector<Thing>& upserts, Key Thing::* key) {
    std::vector<Key> gone;
    for (const Key& name : removed) {
        const bool comesAgain = std::ranges::find(upserts, name, key) != upserts.end();
        if (!comesAgain && map.erase(name) > 0) {
            gone.push_back(name);
        }
    }
    return gone;
}

/// Keeps of `things` what differs from what is in the map, the last one of each key.
template <class Key, class Thing>
std::vector<Thing> upsertInto(std::map<Key, Thing>& map, std::vector<Thing> things, Key Thing::* key) {
    std::vector<Thing> changed;
    for (Thing& thing : things) {
        const auto [place, isNew] = map.try_emplace(thing.*key, thing);
        if (!isNew && place->second == thing) {
            continue;
        }
        place->second = thing;
        const auto earlier = std::ranges::find(changed, thing.*key, key);
        if (earlier != changed.end()) {
            *earlier = std::move(thing);
        } else {
            changed.push_back(std::move(thing));
        }
    }
    return changed;
}

/// The last change of each cell, in the order of cells.
std::vector<TileChange> lastOfEachCell(std::vector<TileChange> tiles) {
    std::ranges::stable_sort(tiles, {}, &TileChange::cell);
    const auto last = [&](auto at) {
        return std::next(at) == tiles.end() || std::next(at)->cell != at->cell;
    };
    auto to = tiles.begin();
    for (auto from = tiles.begin(); from != tiles.end(); ++from) {
        if (last(from)) {
            if (to != from) {
                *to = std::move(*from);
            }
            ++to;
        }
    }
    tiles.erase(to, tiles.end());
    return tiles;
}

} // namespace

std::optional<ChangeSet> World::apply(Changes commit) {
    Changes changes;
    if (commit.compositor && *commit.compositor != compositor_) {
        compositor_ = *commit.compositor;
        changes.compositor = std::move(commit.compositor);
    }
    if (commit.compositors && *commit.compositors != compositors_) {
        compositors_ = *commit.compositors;
        changes.compositors = std::move(commit.compositors);
    }
    changes.removedCameras = removeFrom(cameras_, commit.removedCameras, commit.cameras, &Camera::name);
    changes.removedWindows = removeFrom(windows_, commit.removedWindows, commit.windows, &Window::id);
    changes.cameras = upsertInto(cameras_, std::move(commit.cameras), &Camera::name);
    changes.windows = upsertInto(windows_, std::move(commit.windows), &Window::id);
    changes.manyTiles = commit.manyTiles || commit.tiles.size() > kMostTiles;
    if (!changes.manyTiles) {
        changes.tiles = lastOfEachCell(std::move(commit.tiles));
    }
    if (changes.empty()) {
        return std::nullopt;
    }

    const Revision since = revision_++;
    if (changes.compositor || changes.compositors) {
        log_.record(CompositorKey{}, revision_);
    }
    for (const auto& name : changes.removedCameras) {
        log_.record(name, revision_);
    }
    for (const auto& camera : changes.cameras) {
        log_.record(camera.name, revision_);
    }
    for (const auto id : changes.removedWindows) {
        log_.record(id, revision_);
    }
    for (const auto& window : changes.windows) {
        log_.record(window.id, revision_);
    }
    if (changes.manyTiles) {
        tileLog_.forget(revision_);
    }
    for (const auto& change : changes.tiles) {
        tileLog_.record(change.cell, revision_);
    }
    if (changes.manyTiles || !changes.tiles.empty()) {
        tilesRevision_ = revision_;
    }
    return ChangeSet{since, revision_, std::move(changes)};
}

std::optional<std::vector<Tile>> World::tilesSeenThrough(const View& view) const {
    if (tiles_ == nullptr || !view.tiles) {
        return std::vector<Tile>{};
    }
    const CellRect cells = view.area ? cellsOf(*view.area, compositor_.gridSize) : kAllCells;
    auto page = tiles_->page(cells, std::nullopt, kMostTiles);
    return page.next ? std::nullopt : std::optional(std::move(page.tiles));
}

const Camera* World::firstCamera() const {
    const auto ofFirst = [&](const Camera& camera) {
        return camera.compositor.empty() || camera.compositor == compositors_.front().compositor.name;
    };
    const auto cameras = std::views::values(cameras_);
    const auto found = std::ranges::find_if(cameras, ofFirst);
    return found == cameras.end() ? nullptr : &*found;
}

Changes World::snapshot() const {
    Changes all;
    all.compositor = compositor_;
    if (!compositors_.empty()) {
        all.compositors = compositors_;
    }
    std::ranges::copy(std::views::values(cameras_), std::back_inserter(all.cameras));
    std::ranges::copy(std::views::values(windows_), std::back_inserter(all.windows));
    return all;
}

std::optional<ChangeSet> World::changesSince(Revision since) const {
    if (since > revision_ || !log_.reachesBackTo(since)) {
        return std::nullopt;
    }
    ChangeSet set{since, revision_, {}};
    log_.visitSince(since, [&](const auto& key) {
        if (std::holds_alternative<CompositorKey>(key)) {
            set.changes.compositor = compositor_;
            if (!compositors_.empty()) {
                set.changes.compositors = compositors_;
            }
        } else if (const auto* name = std::get_if<std::string>(&key)) {
            const auto camera = cameras_.find(*name);
            if (camera != cameras_.end()) {
                set.changes.cameras.push_back(camera->second);
            } else {
                set.changes.removedCameras.push_back(*name);
            }
        } else {
            const auto id = std::get<WindowId>(key);
            const auto window = windows_.find(id);
            if (window != windows_.end()) {
                set.changes.windows.push_back(window->second);
            } else {
                set.changes.removedWindows.push_back(id);
            }
        }
    });
    addTilesSince(since, set.changes);
    return set;
}

void World::addTilesSince(Revision since, Changes& changes) const {
    std::size_t count = 0;
    tileLog_.visitSince(since, [&](const Cell&) { ++count; });
    changes.manyTiles = !tileLog_.reachesBackTo(since) || count > kMostTiles;
    if (changes.manyTiles || tiles_ == nullptr) {
        return;
    }
    tileLog_.visitSince(since, [&](const Cell& cell) { changes.tiles.push_back(tiles_->changeOf(cell)); });
}

} // namespace compositord
