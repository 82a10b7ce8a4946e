// The map over HTTP: the manifest, pictures of bricks, and parts of the map.
#pragma once

#include "web/routes.hpp"
#include "world/world.hpp"

#include <functional>
#include <optional>
#include <string>

namespace compositord {

/// Where the routes find what they serve. All of it outlives them.
struct TileSource {
    const World& world;
    std::string instance; // names this run of the server
    std::string bricks;   // the folder with queue/ and processed/
    /// The entity tag of the manifest as it is now; empty if there is no map.
    std::move_only_function<std::string() const> manifestTag;
    /// The manifest's text, or nothing if that is not ready yet.
    std::move_only_function<std::optional<HttpContent::Pieces>() const> manifestText;
    /// The same compressed with gzip, or nothing if that is not ready yet.
    std::move_only_function<std::optional<HttpContent::Pieces>() const> manifestGzip;
};

/// Adds /builder/…, /api/chunk and /api/v1/tiles.
void addTileRoutes(Routes& routes, TileSource source);

} // namespace compositord
