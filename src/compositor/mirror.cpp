#include "compositor/mirror.hpp"

#include <utility>

namespace compositord {

namespace {

/// Puts `things` in the place of `map`; the differences go to `changed` and `removed`.
template <class Key, class Thing>
void replace(std::map<Key, Thing>& map, std::vector<Thing> things, Key Thing::* key,
             std::vector<Thing>& changed, std::vector<Key>& removed) {
    std::map<Key, Thing> next;
    for (Thing& thing : things) {
        Key name = thing.*key;
        next.insert_or_assign(std::move(name), std::move(thing));
    }
    for (const auto& [name, thing] : next) {
        const auto before = map.find(name);
        if (before == map.end() || before->second != thing) {
            changed.push_back(thing);
        }
    }
    for (const auto& [name, thing] : map) {
        if (!next.contains(name)) {
            removed.push_back(name);
        }
    }
    map = std::move(next);
}

} // namespace

Changes Mirror::show(std::vector<Camera> cameras, std::vector<Window> windows) {
    Changes changes;
    replace(cameras_, std::move(cameras), &Camera::name, changes.cameras, changes.removedCameras);
    replace(windows_, std::move(windows), &Window::id, changes.windows, changes.removedWindows);
    return changes;
}

Changes Mirror::clear(Compositor compositor) {
    Changes changes = show({}, {});
    changes.compositor = std::move(compositor);
    return changes;
}

} // namespace compositord
