#include "manifest/serializer.hpp"

#include "base/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>

namespace compositord {

namespace {

constexpr std::size_t kUsualEntry = 80;

void appendNumber(std::string& out, std::int64_t number) {
    std::array<char, 24> digits{};
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

// Seconds with as many digits of the fraction as it takes: exact, and what a person would write.
void appendSeconds(std::string& out, TileTime time) {
    constexpr std::int64_t million = 1000000;
    const std::int64_t microseconds = time.time_since_epoch().count();
    appendNumber(out, microseconds / million);
    std::int64_t fraction = microseconds % million;
    if (fraction == 0) {
        return;
    }
    std::array<char, 7> digits{'.'};
    for (std::size_t i = digits.size() - 1; i > 0; --i) {
        digits.at(i) = static_cast<char>('0' + fraction % 10);
        fraction /= 10;
    }
    std::size_t size = digits.size();
    while (digits.at(size - 1) == '0') {
        --size;
    }
    out.append(digits.data(), size);
}

bool needsEscape(std::string_view brick) {
    return brick.find_first_of("\"\\") != std::string_view::npos; // a brick has no control characters
}

const Piece& separator() {
    static const auto piece = std::make_shared<const std::string>(",\n");
    return piece;
}

const Piece& end() {
    static const auto piece = std::make_shared<const std::string>("\n}\n");
    return piece;
}

// Before the tiles, so that of two members of one name the tile is the one that readers take.
Piece head(const ManifestContent& content) {
    std::string text = "{\n";
    for (const AsideMember& member : content.aside) {
        JsonWriter(text).value(member.key);
        text += ": " + member.json;
        text += &member == &content.aside.back() && content.tiles.size() == 0 ? "" : ",\n";
    }
    return std::make_shared<const std::string>(std::move(text));
}

} // namespace

void appendEntry(std::string& out, const TileMap::View& tile, const std::string* extras) {
    out += '"';
    appendNumber(out, tile.cell.x);
    out += ',';
    appendNumber(out, tile.cell.y);
    out += R"(": {"brick": )";
    if (needsEscape(tile.brick)) {
        JsonWriter(out).value(tile.brick);
    } else {
        out += '"';
        out += tile.brick;
        out += '"';
    }
    out += ", \"timestamp\": ";
    appendSeconds(out, tile.time);
    if (extras != nullptr) {
        out += ", ";
        out += *extras;
    }
    out += '}';
}

const Piece& Serializer::piece(const ManifestContent& content, std::size_t block) {
    Piece& piece = pieces_[content.tiles.blockStamp(block)];
    if (piece) {
        return piece;
    }
    std::string text;
    text.reserve(TileMap::kBlockSize * kUsualEntry);
    content.tiles.visitBlock(block, [&](const TileMap::View& tile) {
        text += text.empty() ? "" : ",\n";
        appendEntry(text, tile, content.extras.find(tile.cell));
    });
    text.shrink_to_fit();
    piece = std::make_shared<const std::string>(std::move(text));
    return piece;
}

bool Serializer::prepare(const ManifestContent& content, std::chrono::microseconds budget) {
    const auto deadline = std::chrono::steady_clock::now() + budget;
    const std::size_t count = content.tiles.blockCount();
    for (std::size_t looked = 0; looked < count; ++looked) {
        next_ = next_ < count ? next_ : 0;
        if (!pieces_.contains(content.tiles.blockStamp(next_))) {
            static_cast<void>(piece(content, next_));
            if (std::chrono::steady_clock::now() >= deadline) {
                return false;
            }
        }
        ++next_;
    }
    return true;
}

SerializedManifest Serializer::serialize(const ManifestContent& content) {
    SerializedManifest whole;
    const std::size_t count = content.tiles.blockCount();
    std::unordered_map<std::uint64_t, Piece> kept;
    kept.reserve(count);
    whole.pieces.reserve(2 * count + 2);
    whole.pieces.push_back(head(content));
    for (std::size_t block = 0; block < count; ++block) {
        if (block > 0) {
            whole.pieces.push_back(separator());
        }
        whole.pieces.push_back(piece(content, block));
        kept.emplace(content.tiles.blockStamp(block), whole.pieces.back());
    }
    whole.pieces.push_back(end());
    pieces_ = std::move(kept); // without those of blocks that are no more
    for (const Piece& each : whole.pieces) {
        whole.size += each->size();
    }
    whole.etag = etagOf(content);
    return whole;
}

std::string Serializer::etagOf(const ManifestContent& content) {
    std::uint64_t digest = content.tiles.digest() + content.extras.digest();
    for (const AsideMember& member : content.aside) {
        digest += mixed(hashOf(member.key) + mixed(hashOf(member.json)));
    }
    return fmt::format("W/\"{:016x}\"", digest);
}

} // namespace compositord
