// The text of manifest.json, in pieces that are kept: one per block of the map, made anew only when the block
// changed. The pieces do not change once they are made, so that a writer and HTTP clients can share them.
#pragma once

#include "manifest/loader.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace compositord {

using Piece = std::shared_ptr<const std::string>;

/// A whole manifest: its text is that of the pieces, one after the other.
struct SerializedManifest {
    std::vector<Piece> pieces;
    std::size_t size = 0; // bytes in all
    std::string etag;     // another one if the content is another one; weak: the compressed text has it too
};

/// Appends an entry as the file has it, without a comma.
void appendEntry(std::string& out, const TileMap::View& tile, const std::string* extras);

class Serializer {
public:
    /// Makes pieces that are missing until the time is over; whether none is missing. At least one is made.
    bool prepare(const ManifestContent& content, std::chrono::microseconds budget);

    /// The whole text; makes what is missing.
    SerializedManifest serialize(const ManifestContent& content);

    static std::string etagOf(const ManifestContent& content);

private:
    /// The block's piece, made if need be.
    const Piece& piece(const ManifestContent& content, std::size_t block);

    std::unordered_map<std::uint64_t, Piece> pieces_; // by the block's stamp
    std::size_t next_ = 0;                            // block that prepare() goes on with
};

} // namespace compositord
