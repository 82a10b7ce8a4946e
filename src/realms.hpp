// The compositors that are mirrored: each has a realm, its driver and the world that this fills; where they
// are several, one more world shows all of them.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "compositor/drivers.hpp"
#include "web/stage.hpp"
#include "world/combined_world.hpp"
#include "world/world.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

class Realms {
public:
    /// A compositor that is to be mirrored.
    struct Plan {
        std::string name;  // empty: as its driver calls it
        WorldPoint offset; // in the world that shows all
        DriverKind driver{};
        CompositorPlaces places;
    };

    struct Listener {
        /// A world changed.
        std::function<void(const World&)> onNews;
        /// A compositor stands otherwise.
        std::function<void()> onCompositors;
        /// What tiles the first compositor has, as it says: the map of tiles is its.
        std::function<void(std::vector<TileChange>)> onTiles;
        std::function<CommandResult(const Request&)> onTileRequest;
        /// The compositor that spawned this process is gone.
        std::function<void()> onSuperseded;
        // What nobody was granted, or is not there, is not offered.
        std::function<bool()> inputGranted;
        std::function<bool()> tilesKept;
    };

    /// At least one plan.
    Realms(std::vector<Plan> plans, Listener listener);

    Realms(const Realms&) = delete;
    Realms& operator=(const Realms&) = delete;
    ~Realms() = default;

    /// From now on the listener is called; the loop outlives the realms.
    Result<> start(EventLoop& loop, const Log& log);

    /// For the server, the usual one first.
    std::vector<Stage::Settings> stages();

    /// The world of the usual stage.
    const World& usual() const { return combined_ ? combined_->world() : realms_.front()->world; }

    /// Names this world in this run of the program.
    const std::string& instance() const { return instance_; }

    /// As they stand, the first one first.
    std::vector<Compositor> compositors() const;

    /// What somebody says who asks for no certain compositor.
    CommandResult request(const Request& request);

    /// The tiles of the first compositor; null: none.
    void showTiles(const TileMap* tiles);

    void commitTiles(std::vector<TileChange> tiles) { commit(0, {.tiles = std::move(tiles)}); }

    void commitManyTiles() { commit(0, {.manyTiles = true}); }

    /// The first compositor is to know what these cells have now.
    void tell(const std::vector<Cell>& cells) { realms_.front()->driver->tell(cells); }

    /// What is granted has changed.
    void refresh();

    /// One for each compositor.
    std::vector<const World*> worlds() const;

    /// Wayland messages of all compositors, from now on or no longer.
    void watchWire(bool watched,
                   const std::function<void(const std::string& compositor, std::string_view json)>& tell);

private:
    struct Realm {
        Realm(Plan itsPlan, std::string itsInstance);

        Plan plan; // its places are the driver's, once there is one
        std::string instance;
        World world;
        bool takesInput = false;
        std::unique_ptr<Driver> driver;
    };

    std::vector<std::string> instances() const;
    void onCommit(std::size_t realm, Changes changes);
    void commit(std::size_t realm, Changes changes);
    void tellAllOfCompositors();
    CommandResult requestOf(std::size_t realm, const Request& request);
    CommandResult requestOfWhole(const Request& request);

    Listener listener_;
    std::string instance_;
    std::unique_ptr<CombinedWorld> combined_; // null: there is one compositor
    std::vector<std::unique_ptr<Realm>> realms_;
};

} // namespace compositord
