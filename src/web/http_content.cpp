#include "web/http_content.hpp"

#include <fmt/format.h>

#include <zlib.h>

#include <array>
#include <cstdint>

namespace compositord {

namespace {

// Below it the header and the work are worth more than the bytes; above it the loop would stand still for
// long.
constexpr std::size_t kLeastToCompress = 1024;
constexpr std::size_t kMostToCompress = 4UL * 1024 * 1024;

// Speed, not size: most readers are on this machine.
constexpr int kLevel = 1;
constexpr int kGzipWindow = 15 + 16; // 16: with the header of gzip

class Deflater {
public:
    Deflater() {
        ok_ = deflateInit2(&stream_, kLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    }

    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    ~Deflater() { deflateEnd(&stream_); }

    /// Appends what comes out for `in`; false if zlib cannot go on.
    bool put(const std::string& in, bool last, std::string& out) {
        if (!ok_) {
            return false;
        }
        // zlib does not write to its input.
        stream_.next_in = reinterpret_cast<unsigned char*>(
            const_cast<char*>(in.data())); // NOLINT(cppcoreguidelines-pro-type-const-cast)
        stream_.avail_in = static_cast<unsigned>(in.size());
        do {
            stream_.next_out = buffer_.data();
            stream_.avail_out = static_cast<unsigned>(buffer_.size());
            if (deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR) {
                return false;
            }
            out.append(reinterpret_cast<const char*>(buffer_.data()), buffer_.size() - stream_.avail_out);
        } while (stream_.avail_out == 0);
        return true;
    }

private:
    z_stream stream_{};
    bool ok_ = false;
    std::array<unsigned char, 16384> buffer_{};
};

} // namespace

HttpContent::HttpContent(Pieces pieces) : pieces_(std::move(pieces)) {
    for (const Piece& piece : pieces_) {
        size_ += piece->size();
    }
}

HttpContent::HttpContent(std::string text)
    : HttpContent(Pieces{std::make_shared<const std::string>(std::move(text))}) {}

const std::shared_ptr<const HttpContent>& HttpContent::gzipped() const {
    if (tried_ || size_ < kLeastToCompress || size_ > kMostToCompress) {
        return gzipped_;
    }
    tried_ = true;
    Deflater deflater;
    std::string out;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
        if (!deflater.put(*pieces_[i], i + 1 == pieces_.size(), out)) {
            return gzipped_;
        }
    }
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
