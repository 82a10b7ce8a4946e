// gzip streams put together from parts that are compressed each by itself, so that a text of which little
// changes is not compressed as a whole each time.
#pragma once

#include <zlib.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace compositord {

/// A part of a text, compressed: whole blocks that refer to nothing before them and end at a byte.
struct GzipPart {
    std::string blocks;
    std::uint32_t crc = 0; // of the text
    std::size_t size = 0;  // of the text
};

/// Makes parts, quickly rather than small: most readers are on this machine.
class GzipCompressor {
public:
    GzipCompressor();
    GzipCompressor(const GzipCompressor&) = delete;
    GzipCompressor& operator=(const GzipCompressor&) = delete;
    ~GzipCompressor();

    GzipPart compress(std::string_view text);

private:
    z_stream stream_{};
    bool ready_ = false;
    std::array<unsigned char, 16384> buffer_{};
};

/// What a stream of parts begins with.
std::string_view gzipHead();

/// Keeps account of the parts of one stream, for what it ends with.
class GzipSum {
public:
    void add(const GzipPart& part);

    std::string end() const;

private:
    std::uint32_t crc_ = 0;
    std::uint32_t size_ = 0; // modulo 2^32, as the format has it
};

} // namespace compositord
