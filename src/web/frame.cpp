#include "web/frame.hpp"

namespace compositord {

namespace {

constexpr unsigned char kFinal = 0x80;
constexpr unsigned char kText = 0x1;
constexpr unsigned char kBinary = 0x2;
constexpr unsigned char kClose = 0x8;

void addBigEndian(std::vector<unsigned char>& bytes, std::uint64_t number, unsigned size) {
    for (unsigned i = size; i-- > 0;) {
        bytes.push_back(static_cast<unsigned char>(number >> (8 * i)));
    }
}

} // namespace

void Frame::addHeader(unsigned char opcode, std::size_t length) {
    bytes_.push_back(kFinal | opcode);
    if (length < 126) {
        bytes_.push_back(static_cast<unsigned char>(length));
    } else if (length <= 0xffff) {
        bytes_.push_back(126);
        addBigEndian(bytes_, length, 2);
    } else {
        bytes_.push_back(127);
        addBigEndian(bytes_, length, 8);
    }
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
