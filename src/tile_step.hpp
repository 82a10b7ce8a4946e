// A step of pipelines that this program does itself: it changes the map as the lines of a file say, through
// the same requests as any client.
//   X,Y BRICK    puts a tile there
//   X,Y          removes it
// Settings: `list`, the file, which is gone after that (without it there is nothing to do); `replace`: tiles
// whose brick begins like this and that no line names are removed too.
#pragma once

#include "session/step.hpp"
#include "world/command.hpp"
#include "world/tile_map.hpp"

#include <functional>

namespace compositord {

struct MapAccess {
    std::function<const TileMap*()> tiles; // null: there is no map
    std::function<CommandResult(const Request&)> request;
};

StepFactory tileStep(MapAccess map);

} // namespace compositord
