#include "web/frame.hpp"

#include "base/gzip.hpp"

#include <cstddef>
#include <string>

namespace compositord {

namespace {

constexpr unsigned char kFinal = 0x80;
constexpr unsigned char kText = 0x1;
constexpr unsigned char kBinary = 0x2;
constexpr unsigned char kClose = 0x8;
constexpr unsigned char kCompressed = 0x40;

// Smaller messages are sent as they are: their bytes cost less than the work.
constexpr std::size_t kWorthCompressing = 2048;

// What a compressed message is sent without (RFC 7692 section 7.2.1).
constexpr std::size_t kTrailer = 4;

void addBigEndian(std::vector<unsigned char>& bytes, std::uint64_t number, unsigned size) {
    for (unsigned i = size; i-- > 0;) {
        bytes.push_back(static_cast<unsigned char>(number >> (8 * i)));
    }
}

void addHeaderTo(std::vector<unsigned char>& bytes, unsigned char bits, std::size_t length) {
    bytes.push_back(bits);
    if (length < 126) {
        bytes.push_back(static_cast<unsigned char>(length));
    } else if (length <= 0xffff) {
        bytes.push_back(126);
        addBigEndian(bytes, length, 2);
    } else {
        bytes.push_back(127);
        addBigEndian(bytes, length, 8);
    }
}

std::size_t readBigEndian(const std::vector<unsigned char>& bytes, std::size_t at, std::size_t size) {
    std::size_t number = 0;
    for (std::size_t i = 0; i < size; ++i) {
        number = number << 8 | bytes[at + i];
    }
    return number;
}

} // namespace

void Frame::addHeader(unsigned char opcode, std::size_t length) {
    addHeaderTo(bytes_, kFinal | opcode, length);
}

const std::vector<unsigned char>& Frame::deflated() const {
    if (bytes_.size() < kWorthCompressing) {
        return bytes_;
    }
    if (!deflated_.empty()) {
        return deflated_;
    }
    GzipCompressor compressor;
    for (std::size_t at = 0; at < bytes_.size();) {
        const unsigned char shortLength = bytes_[at + 1];
        const std::size_t extra = shortLength < 126 ? 0 : shortLength == 126 ? 2 : 8;
        const std::size_t header = 2 + extra;
        const std::size_t length = extra == 0 ? shortLength : readBigEndian(bytes_, at + 2, extra);
        const auto payload = std::string_view(reinterpret_cast<const char*>(bytes_.data()), bytes_.size())
                                 .substr(at + header, length);
        if (length < kWorthCompressing) {
            const auto from = bytes_.begin() + static_cast<std::ptrdiff_t>(at);
            deflated_.insert(deflated_.end(), from, from + static_cast<std::ptrdiff_t>(header + length));
        } else {
            const std::string blocks = compressor.compress(payload).blocks;
            const std::size_t size = blocks.size() - kTrailer;
            addHeaderTo(deflated_, bytes_[at] | kCompressed, size);
            deflated_.insert(deflated_.end(), blocks.begin(), blocks.end() - kTrailer);
        }
        at += header + length;
    }
    return deflated_;
}

void Frame::addText(std::string_view payload) {
    addHeader(kText, payload.size());
    bytes_.insert(bytes_.end(), payload.begin(), payload.end());
}

void Frame::addBinary(std::string_view payload) {
    addHeader(kBinary, payload.size());
    bytes_.insert(bytes_.end(), payload.begin(), payload.end());
}

void Frame::addClose(std::uint16_t code, std::string_view reason) {
    addHeader(kClose, 2 + reason.size());
    addBigEndian(bytes_, code, 2);
    bytes_.insert(bytes_.end(), reason.begin(), reason.end());
}

} // namespace compositord
