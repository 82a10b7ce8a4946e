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

} // namespace

std::optional<ChangeSet> World::apply(Changes commit) {
    Changes changes;
    if (commit.compositor && *commit.compositor != compositor_) {
        compositor_ = *commit.compositor;
        changes.compositor = std::move(commit.compositor);
    }
    changes.removedCameras = removeFrom(cameras_, commit.removedCameras, commit.cameras, &Camera::name);
    changes.removedWindows = removeFrom(windows_, commit.removedWindows, commit.windows, &Window::id);
    changes.cameras = upsertInto(cameras_, std::move(commit.cameras), &Camera::name);
    changes.windows = upsertInto(windows_, std::move(commit.windows), &Window::id);
    if (changes.empty()) {
        return std::nullopt;
    }

    const Revision since = revision_++;
    if (changes.compositor) {
        log_.record(ChangeLog::CompositorKey{}, revision_);
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
    return ChangeSet{since, revision_, std::move(changes)};
}

Changes World::snapshot() const {
    Changes all;
    all.compositor = compositor_;
    std::ranges::copy(std::views::values(cameras_), std::back_inserter(all.cameras));
    std::ranges::copy(std::views::values(windows_), std::back_inserter(all.windows));
    return all;
}

std::optional<ChangeSet> World::changesSince(Revision since) const {
    if (since > revision_ || !log_.reachesBackTo(since)) {
        return std::nullopt;
    }
    ChangeSet set{since, revision_, {}};
    log_.visitSince(since, [&](const ChangeLog::Key& key) {
        if (std::holds_alternative<ChangeLog::CompositorKey>(key)) {
            set.changes.compositor = compositor_;
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
    return set;
}

} // namespace compositord
