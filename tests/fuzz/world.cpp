// Histories of commits: a client that follows, one that resumes, and one that joins late end in the same
// state.

#include "world/world.hpp"

#include <cstdlib>
#include <span>
#include <string>

using namespace compositord;

namespace {

/// What keeps the tiles, and what a client makes of what it is told.
struct Tiles {
    TileMap map;
    TileTime time;

    void take(const Changes& changes) {
        for (const TileChange& change : changes.tiles) {
            if (change.brick) {
                map.put(change.cell, *change.brick, change.time);
            } else {
                map.remove(change.cell, change.time);
            }
        }
    }
};

Changes commitFrom(Tiles& tiles, std::uint8_t kind, std::uint8_t which, std::uint8_t value) {
    Changes commit;
    switch (kind % 7) {
    case 0:
        commit.windows.emplace_back().id = WindowId{which};
        commit.windows.back().title = std::to_string(value);
        break;
    case 1:
        commit.removedWindows.push_back(WindowId{which});
        break;
    case 2:
        commit.cameras.emplace_back().name = std::to_string(which % 4);
        commit.cameras.back().live.center.x = value;
        break;
    case 3:
        commit.removedCameras.push_back(std::to_string(which % 4));
        break;
    case 4:
    case 5:
        tiles.time += std::chrono::microseconds(1);
        if (kind % 7 == 4) {
            tiles.map.put({which, value % 8}, std::to_string(value), tiles.time);
        } else {
            tiles.map.remove({which, value % 8}, tiles.time);
        }
        commit.tiles.push_back(tiles.map.changeOf({which, value % 8}));
        break;
    default:
        commit.compositor.emplace().gridSize = value;
        break;
    }
    return commit;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::span<const std::uint8_t> bytes(data, size);
    Tiles tiles;
    Tiles followed;
    Tiles resumed;
    World world({});
    world.showTiles(&tiles.map);
    World follower({});
    World sleeper({});
    Revision asleepSince = world.revision();
    for (std::size_t i = 0; i + 3 <= bytes.size(); i += 3) {
        if (bytes[i] == 0xff) {
            const auto missed = world.changesSince(asleepSince);
            if (!missed) {
                std::abort();
            }
            sleeper.apply(missed->changes);
            resumed.take(missed->changes);
            asleepSince = world.revision();
            if (sleeper.snapshot() != world.snapshot() || missed->changes.manyTiles ||
                resumed.map.digest() != tiles.map.digest()) {
                std::abort();
            }
            continue;
        }
        if (const auto set = world.apply(commitFrom(tiles, bytes[i], bytes[i + 1], bytes[i + 2]))) {
            follower.apply(set->changes);
            followed.take(set->changes);
        }
    }
    World late({});
    late.apply(world.snapshot());
    if (followed.map.digest() != tiles.map.digest() || follower.snapshot() != world.snapshot() ||
        late.snapshot() != world.snapshot()) {
        std::abort();
    }
    return 0;
}
