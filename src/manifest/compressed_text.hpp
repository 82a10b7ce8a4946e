// The text of manifest.json compressed with gzip, of parts that are kept: one for each of its pieces.
#pragma once

#include "base/gzip.hpp"
#include "manifest/serializer.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace compositord {

class CompressedText {
public:
    using Part = std::shared_ptr<const GzipPart>;

    /// The stream of a text, in pieces. Makes parts that are missing, until the time is over; nothing if some
    /// are missing still.
    std::optional<std::vector<Piece>> streamOf(const SerializedManifest& text,
                                               std::chrono::microseconds budget);

    /// Some of the pieces that were missing then.
    std::vector<Piece> takeMissing(std::size_t most);

    void add(Piece piece, Part part);

private:
    struct Kept {
        Piece piece; // so that no other one comes to its address
        Part part;
    };

    using Parts = std::unordered_map<const std::string*, Kept>;

    GzipCompressor compressor_;
    Parts parts_;
    std::vector<Piece> missing_;
};

} // namespace compositord
