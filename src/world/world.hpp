// The mirrored state of a compositor: a value with a revision that changes by whole commits.
// Outlets read change sets; a snapshot is the same kind of thing with everything in it.
#pragma once

#include "world/change_log.hpp"
#include "world/changes.hpp"
#include "world/tile_map.hpp"
#include "world/view.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace compositord {

/// What leads from one revision to a later one.
struct ChangeSet {
    Revision since = 0;
    Revision revision = 0;
    Changes changes;
};

class World {
public:
    struct CompositorKey {
        auto operator<=>(const CompositorKey&) const = default;
    };

    using ThingLog = ChangeLog<std::variant<CompositorKey, std::string /* camera */, WindowId>>;
    using TileLog = ChangeLog<Cell>;

    /// Nobody is told of more tiles than this at once: a map may have millions. Who wants more asks for them
    /// in parts.
    static constexpr std::size_t kMostTiles = 2048;

    explicit World(Compositor compositor) : compositor_(std::move(compositor)) {}

    Revision revision() const { return revision_; }

    const Compositor& compositor() const { return compositor_; }

    /// All that are mirrored, the first one first; empty if this is the only one.
    const std::vector<PlacedCompositor>& compositors() const { return compositors_; }

    const std::map<std::string, Camera>& cameras() const { return cameras_; }

    /// The first by name, of the first compositor if several are shown; null if there is none.
    const Camera* firstCamera() const;

    const std::map<WindowId, Window>& windows() const { return windows_; }

    /// The tiles are kept by somebody else, who outlives this and changes them before apply() is told. Null:
    /// there are none.
    void showTiles(const TileMap* tiles) { tiles_ = tiles; }

    const TileMap* tiles() const { return tiles_; }

    /// The revision in which the tiles last changed.
    Revision tilesRevision() const { return tilesRevision_; }

    /// The tiles that a view includes; nothing if they are more than kMostTiles.
    std::optional<std::vector<Tile>> tilesSeenThrough(const View& view) const;

    /// Applies one commit: removals first, then what came or changed. Returns what really changed, as a new
    /// revision, or nothing if that is nothing.
    std::optional<ChangeSet> apply(Changes commit);

    /// Everything but the tiles; applied to an empty world it gives this one.
    Changes snapshot() const;

    /// What changed after a revision, merged, or nothing if that is no longer known (or `since` is in the
    /// future): the caller needs a snapshot then.
    std::optional<ChangeSet> changesSince(Revision since) const;

private:
    void addTilesSince(Revision since, Changes& changes) const;

    Revision revision_ = 1; // 0 is what somebody has who was told nothing yet
    Compositor compositor_;
    std::vector<PlacedCompositor> compositors_;
    std::map<std::string, Camera> cameras_;
    std::map<WindowId, Window> windows_;
    ThingLog log_;
    const TileMap* tiles_ = nullptr;
    TileLog tileLog_;
    Revision tilesRevision_ = 1;
};

} // namespace compositord
