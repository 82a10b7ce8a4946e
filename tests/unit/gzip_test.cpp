// Streams of parts, and the text of the manifest made into one.
#include "base/gzip.hpp"
#include "manifest/compressed_text.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>

using namespace compositord;
using namespace std::chrono_literals;

namespace {

/// The text of a stream; zlib checks its sums. Empty if it is not one.
std::string unzipped(std::string_view stream) {
    z_stream state{};
    constexpr int gzipOnly = 15 + 16;
    EXPECT_EQ(inflateInit2(&state, gzipOnly), Z_OK);
    std::string input(stream);
    state.next_in = reinterpret_cast<unsigned char*>(input.data());
    state.avail_in = static_cast<unsigned>(input.size());
    std::string text;
    std::array<unsigned char, 4096> buffer{};
    int result = Z_OK;
    while (result == Z_OK) {
        state.next_out = buffer.data();
        state.avail_out = static_cast<unsigned>(buffer.size());
        result = inflate(&state, Z_NO_FLUSH);
        text.append(reinterpret_cast<const char*>(buffer.data()), buffer.size() - state.avail_out);
    }
    inflateEnd(&state);
    EXPECT_EQ(result, Z_STREAM_END);
    EXPECT_EQ(state.avail_in, 0U) << "nothing comes after the end";
    return result == Z_STREAM_END ? text : std::string();
}

std::string streamOf(const std::vector<std::string>& texts) {
    GzipCompressor compressor;
    GzipSum sum;
    std::string stream(gzipHead());
    for (const std::string& text : texts) {
        const GzipPart part = compressor.compress(text);
        sum.add(part);
        stream += part.blocks;
    }
    return stream + sum.end();
}

ManifestContent contentOf(std::int32_t count) {
    ManifestContent content;
    for (std::int32_t i = 0; i < count; ++i) {
        content.tiles.put({i % 100, i / 100}, fmt::format("brick-{}.png", i % 7),
                          TileTime(std::chrono::seconds(1000 + i)));
    }
    return content;
}

std::string joined(const std::vector<Piece>& pieces) {
    std::string text;
    for (const Piece& piece : pieces) {
        text += *piece;
    }
    return text;
}

} // namespace

TEST(Gzip, MakesOneStreamOfPartsOfAnySize) {
    EXPECT_EQ(unzipped(streamOf({})), "");
    EXPECT_EQ(unzipped(streamOf({""})), "");
    EXPECT_EQ(unzipped(streamOf({"a", "", "bc"})), "abc");
    std::minstd_rand random(1); // NOLINT: the same in each run
    std::vector<std::string> texts;
    std::string all;
    for (const std::size_t size : {1UL, 16383UL, 16384UL, 16385UL, 300000UL}) {
        for (const unsigned variety : {1U, 7U, 256U}) {
            std::string text(size, '\0');
            for (char& c : text) {
                c = static_cast<char>(random() % variety);
            }
            all += text;
            texts.push_back(std::move(text));
        }
    }
    EXPECT_EQ(unzipped(streamOf(texts)), all);
}

TEST(CompressedText, IsThatOfTheManifestAndMadeAnewOnlyWhereThatChanged) {
    ManifestContent content = contentOf(20000);
    Serializer serializer;
    CompressedText compressed;
    const auto first = serializer.serialize(content);
    const auto stream = compressed.streamOf(first, 1h);
    ASSERT_TRUE(stream);
    EXPECT_EQ(unzipped(joined(*stream)), joined(first.pieces));

    content.tiles.put({50, 100}, "changed.png", TileTime(5000000s));
    const auto second = serializer.serialize(content);
    const auto again = compressed.streamOf(second, 1h);
    ASSERT_TRUE(again);
    EXPECT_EQ(unzipped(joined(*again)), joined(second.pieces));
    std::size_t fresh = 0;
    for (const Piece& piece : *again) {
        fresh += std::ranges::find(*stream, piece) == stream->end() ? 1 : 0;
    }
    EXPECT_EQ(fresh, 4U) << "its head and end, the text's head, and one block";
}

TEST(CompressedText, SaysWhatIsMissingRatherThanTakeLong) {
    const ManifestContent content = contentOf(20000);
    Serializer serializer;
    CompressedText compressed;
    const auto text = serializer.serialize(content);
    EXPECT_FALSE(compressed.streamOf(text, 0us));
    GzipCompressor compressor;
    std::size_t count = 0;
    for (auto some = compressed.takeMissing(3); !some.empty(); some = compressed.takeMissing(3)) {
        EXPECT_LE(some.size(), 3U);
        for (const Piece& piece : some) {
            compressed.add(piece, std::make_shared<const GzipPart>(compressor.compress(*piece)));
            ++count;
        }
    }
    EXPECT_GT(count, 10U);
    const auto stream = compressed.streamOf(text, 0us);
    ASSERT_TRUE(stream);
    EXPECT_EQ(unzipped(joined(*stream)), joined(text.pieces));
}
