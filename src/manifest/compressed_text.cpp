#include "manifest/compressed_text.hpp"

#include <algorithm>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kShort = 256; // bytes, which take no time

} // namespace

std::optional<std::vector<Piece>> CompressedText::streamOf(const SerializedManifest& text,
                                                           std::chrono::microseconds budget) {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + budget;
    missing_.clear();
    for (const Piece& piece : text.pieces) {
        if (parts_.contains(piece.get())) {
            continue;
        }
        if (piece->size() < kShort || Clock::now() < deadline) {
            add(piece, std::make_shared<const GzipPart>(compressor_.compress(*piece)));
        } else {
            missing_.push_back(piece);
        }
    }
    if (!missing_.empty()) {
        return std::nullopt;
    }
    std::vector<Piece> stream;
    stream.reserve(text.pieces.size() + 2);
    stream.push_back(std::make_shared<const std::string>(gzipHead()));
    GzipSum sum;
    Parts kept;
    kept.reserve(text.pieces.size());
    for (const Piece& piece : text.pieces) {
        const Kept& each = parts_.at(piece.get());
        sum.add(*each.part);
        stream.emplace_back(each.part, &each.part->blocks);
        kept.emplace(piece.get(), each);
    }
    stream.push_back(std::make_shared<const std::string>(sum.end()));
    parts_ = std::move(kept); // without those of pieces that are no more
    return stream;
}

std::vector<Piece> CompressedText::takeMissing(std::size_t most) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(most, missing_.size()));
    std::vector<Piece> some(std::make_move_iterator(missing_.end() - count),
                            std::make_move_iterator(missing_.end()));
    missing_.erase(missing_.end() - count, missing_.end());
    return some;
}

void CompressedText::add(Piece piece, Part part) {
    const std::string* const key = piece.get();
    parts_.insert_or_assign(key, Kept{std::move(piece), std::move(part)});
}

} // namespace compositord
