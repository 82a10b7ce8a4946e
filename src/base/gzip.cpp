#include "base/gzip.hpp"

#include <new>

namespace compositord {

namespace {

constexpr int kLevel = 1;
constexpr int kRawWindow = -15; // blocks alone, without a head and an end
constexpr int kMemory = 8;

void appendLittleEndian(std::string& out, std::uint32_t number) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
        out += static_cast<char>(static_cast<unsigned char>(number >> shift));
    }
}

} // namespace

GzipCompressor::GzipCompressor()
    : ready_(deflateInit2(&stream_, kLevel, Z_DEFLATED, kRawWindow, kMemory, Z_DEFAULT_STRATEGY) == Z_OK) {}

GzipCompressor::~GzipCompressor() {
    deflateEnd(&stream_);
}

GzipPart GzipCompressor::compress(std::string_view text) {
    if (!ready_) {
        throw std::bad_alloc(); // the only reason
    }
    GzipPart part{.size = text.size()};
    const auto size = static_cast<unsigned>(text.size());
    // zlib does not write to its input.
    auto* const bytes = reinterpret_cast<unsigned char*>(
        const_cast<char*>(text.data())); // NOLINT(cppcoreguidelines-pro-type-const-cast)
    part.crc = static_cast<std::uint32_t>(crc32(crc32(0, nullptr, 0), bytes, size));
    deflateReset(&stream_);
    stream_.next_in = bytes;
    stream_.avail_in = size;
    do {
        stream_.next_out = buffer_.data();
        stream_.avail_out = static_cast<unsigned>(buffer_.size());
        deflate(&stream_, Z_SYNC_FLUSH);
        part.blocks.append(reinterpret_cast<const char*>(buffer_.data()), buffer_.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
    part.blocks.shrink_to_fit();
    return part;
}

std::string_view gzipHead() {
    return {"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10}; // deflate; no name, no time, no system
}

void GzipSum::add(const GzipPart& part) {
    crc_ = static_cast<std::uint32_t>(crc32_combine(crc_, part.crc, static_cast<z_off_t>(part.size)));
    size_ += static_cast<std::uint32_t>(part.size);
}

std::string GzipSum::end() const {
    std::string end("\x03\x00", 2); // the last block, an empty one
    appendLittleEndian(end, crc_);
    appendLittleEndian(end, size_);
    return end;
}

} // namespace compositord
