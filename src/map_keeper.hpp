// Where all changes of tiles meet: those of clients, of the compositor, and of other programs through the
// file. Each ends in the manifest, and whoever did not make it is told.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "manifest/manifest.hpp"
#include "world/command.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace compositord {

class MapKeeper {
public:
    struct Listener {
        /// The tiles are there; they outlive the keeper's other calls. Not called from open().
        std::function<void()> onOpened;
        /// Tiles changed, whoever did it.
        std::function<void(std::vector<TileChange>)> onChanges;
        /// More tiles changed than anybody is told of one by one.
        std::function<void()> onManyChanges;
        /// The compositor does not know, or not yet, what these cells have.
        std::function<void(const std::vector<Cell>&)> onNewsForCompositor;
        /// The outcome of a request that could not be told at once.
        std::function<void(const Request&, const CommandResult&)> onAnswer;
    };

    /// Opens the manifest; if another process writes it, tries again until that one has ended. Without a path
    /// there is no map.
    static Result<std::unique_ptr<MapKeeper>> open(EventLoop& loop, const Log& log,
                                                   Manifest::Settings settings, Listener listener);

    MapKeeper(const MapKeeper&) = delete;
    MapKeeper& operator=(const MapKeeper&) = delete;

    /// Leaves the file up to date; answers what is still to be answered.
    ~MapKeeper() = default;

    /// Null while there is no map.
    Manifest* manifest() const { return manifest_.get(); }

    const TileMap* tiles() const { return manifest_ ? &manifest_->tiles() : nullptr; }

    CommandResult put(const Request& request, const PutTile& command);
    CommandResult remove(const Request& request, const RemoveTile& command);

    /// What the compositor has, as it says.
    void takeFromCompositor(const std::vector<TileChange>& announced);

private:
    MapKeeper(EventLoop& loop, const Log& log, Manifest::Settings settings, Listener listener);
    Result<> start();
    Result<> tryToOpen();
    void retry();
    void onEdit(const std::vector<Cell>& cells, bool more);
    Manifest::Saved answering(const Request& request);
    CommandResult changed(Result<std::optional<TileChange>> change) const;

    EventLoop& loop_;
    Log log_;
    Manifest::Settings settings_;
    Listener listener_;
    std::string unavailable_;  // why there is no map
    std::vector<Cell> edited_; // by another program, and not told yet
    EventSource again_;
    std::chrono::milliseconds delay_{};
    std::unique_ptr<Manifest> manifest_; // last: its end still answers
};

} // namespace compositord
