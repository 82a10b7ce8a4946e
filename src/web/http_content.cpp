#include "web/http_content.hpp"

#include "base/gzip.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace compositord {

namespace {

// Below it the header and the work are worth more than the bytes; above it the loop would stand still for
// long.
constexpr std::size_t kLeastToCompress = 1024;
constexpr std::size_t kMostToCompress = 4UL * 1024 * 1024;

} // namespace

HttpContent::HttpContent(Pieces pieces) : pieces_(std::move(pieces)) {
    for (const Piece& piece : pieces_) {
        size_ += piece->size();
    }
}

HttpContent::HttpContent(std::string text)
    : HttpContent(Pieces{std::make_shared<const std::string>(std::move(text))}) {}

HttpContent::HttpContent(Pieces pieces, Pieces gzipped) : HttpContent(std::move(pieces)) {
    tried_ = true;
    if (!gzipped.empty()) {
        gzipped_ = std::make_shared<const HttpContent>(std::move(gzipped));
    }
}

const std::shared_ptr<const HttpContent>& HttpContent::gzipped() const {
    if (tried_ || size_ < kLeastToCompress || size_ > kMostToCompress) {
        return gzipped_;
    }
    tried_ = true;
    GzipCompressor compressor;
    GzipSum sum;
    std::string out(gzipHead());
    for (const Piece& piece : pieces_) {
        const GzipPart part = compressor.compress(*piece);
        sum.add(part);
        out += part.blocks;
    }
    out += sum.end();
    if (out.size() < size_) {
        gzipped_ = std::make_shared<const HttpContent>(std::move(out));
    }
    return gzipped_;
}

std::string HttpContent::tag() const {
    // FNV-1a: nobody gains from a collision of what the owner of the files put there.
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const Piece& piece : pieces_) {
        for (const char c : *piece) {
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
        }
    }
    return fmt::format("W/\"{:x}-{:x}\"", size_, hash);
}

} // namespace compositord
