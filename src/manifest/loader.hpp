// Reads manifest.json: { "x,y": { "brick": "name.png", "timestamp": 123.456 } }.
// A member that is not such a tile does not stop the rest: it is set aside as it is, to be written back. What
// is not JSON at all is refused as a whole.
#pragma once

#include "base/error.hpp"
#include "manifest/tile_extras.hpp"
#include "world/tile_map.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace compositord {

/// A member of the file that is not a tile.
struct AsideMember {
    std::string key;
    std::string json; // its value

    bool operator==(const AsideMember&) const = default;
};

/// What a file holds.
struct ManifestContent {
    TileMap tiles;
    TileExtras extras;
    std::vector<AsideMember> aside;
};

/// What was noticed about members that were set aside; the first few in words, the rest as a number.
struct ManifestWarnings {
    static constexpr std::size_t kMost = 10;
    std::vector<std::string> texts;
    std::size_t more = 0;

    void add(std::string text);
};

struct LoadedManifest {
    ManifestContent content;
    ManifestWarnings warnings;
};

/// Room that the parser needs after a text.
std::size_t manifestPadding();

/// The text is the first `size` bytes of the buffer, which has manifestPadding() more. Code EBADMSG: not a
/// JSON object.
Result<LoadedManifest> parseManifest(const std::string& padded, std::size_t size);

/// The time as the file has it, in seconds; none if it is outside of what a tile can have.
std::optional<TileTime> tileTime(double seconds);

} // namespace compositord
