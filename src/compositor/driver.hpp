// What a driver is: it fills the world from one compositor and carries requests back.
#pragma once

#include "world/changes.hpp"
#include "world/command.hpp"
#include "world/tile_map.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace compositord {

class Driver {
public:
    struct Listener {
        /// One commit of the compositor. Its tiles are what the compositor has, whether that prevails over
        /// what is known already or not. After a loss of the connection, one that removes everything.
        std::move_only_function<void(Changes)> onCommit;

        /// This process was spawned by a compositor that is gone, and the one that took its place does not
        /// want it.
        std::move_only_function<void()> onSuperseded;
    };

    Driver() = default;
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;
    virtual ~Driver() = default;

    /// Passes a request on to the compositor. What comes of it shows in a later commit. What the compositor
    /// is not capable of, by its last commit, was refused before: see refusalBy().
    virtual CommandResult request(const Request& request) = 0;

    /// The tiles that a compositor is told of, all of them when it connects and now. They outlive the driver;
    /// null: none. Most compositors have no tiles.
    virtual void showTiles(const TileMap* /*tiles*/) {}

    /// Gets each Wayland message that goes over the connection, as a JSON object without its first brace.
    using WireHandler = std::function<void(std::string_view json)>;

    /// From now on, or, with an empty handler, no longer. False if no Wayland is spoken here.
    // NOLINTNEXTLINE(performance-unnecessary-value-param)
    virtual bool watchWire(WireHandler /*handler*/) { return false; }

    /// The compositor is to know what these cells have now.
    virtual void tell(const std::vector<Cell>& /*cells*/) {}
};

} // namespace compositord
