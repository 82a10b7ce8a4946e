#include "base/msgpack_writer.hpp"

#include "base/utf8.hpp"

#include <bit>
#include <cmath>

namespace compositord {

namespace {

constexpr unsigned kCountSize = 4;

} // namespace

void MsgpackWriter::bigEndian(std::uint64_t number, unsigned size) {
    for (unsigned i = size; i-- > 0;) {
        out_ += static_cast<char>(number >> (8 * i));
    }
}

void MsgpackWriter::countOne() {
    if (!open_.empty()) {
        ++open_.back().values;
    }
}

MsgpackWriter& MsgpackWriter::byte(char type) {
    countOne();
    out_ += type;
    return *this;
}

MsgpackWriter& MsgpackWriter::begin(char type) {
    byte(type);
    open_.push_back({out_.size()});
    bigEndian(0, kCountSize);
    return *this;
}

MsgpackWriter& MsgpackWriter::end(std::uint32_t valuesPerElement) {
    const Container closed = open_.back();
    open_.pop_back();
    const std::uint32_t count = closed.values / valuesPerElement;
    for (unsigned i = 0; i < kCountSize; ++i) {
        out_[closed.countAt + i] = static_cast<char>(count >> (8 * (kCountSize - 1 - i)));
    }
    return *this;
}

MsgpackWriter& MsgpackWriter::value(std::string_view text) {
    if (!isUtf8(text)) {
        return value(std::string_view(repairUtf8(text)));
    }
    if (text.size() < 32) {
        byte(static_cast<char>(0xa0U | text.size()));
    } else if (text.size() <= 0xff) {
        byte('\xd9');
        bigEndian(text.size(), 1);
    } else if (text.size() <= 0xffff) {
        byte('\xda');
        bigEndian(text.size(), 2);
    } else {
        byte('\xdb');
        bigEndian(text.size(), 4);
    }
    out_ += text;
    return *this;
}

MsgpackWriter& MsgpackWriter::value(double number) {
    if (!std::isfinite(number)) {
        return null();
    }
    byte('\xcb');
    bigEndian(std::bit_cast<std::uint64_t>(number), 8);
    return *this;
}

MsgpackWriter& MsgpackWriter::integer(std::int64_t number) {
    if (number >= -32 && number < 128) {
        return byte(static_cast<char>(number));
    }

    struct Form {
        std::int64_t min;
        std::int64_t max;
        char type;
        unsigned size;
    };

    static constexpr Form forms[] = {
        {0, 0xff, '\xcc', 1},
        {0, 0xffff, '\xcd', 2},
        {0, 0xffffffff, '\xce', 4},
        {INT8_MIN, INT8_MAX, '\xd0', 1},
        {INT16_MIN, INT16_MAX, '\xd1', 2},
        {INT32_MIN, INT32_MAX, '\xd2', 4},
    };
    for (const Form& form : forms) {
        if (number >= form.min && number <= form.max) {
            byte(form.type);
            bigEndian(static_cast<std::uint64_t>(number), form.size);
            return *this;
        }
    }
    byte('\xd3');
    bigEndian(static_cast<std::uint64_t>(number), 8);
    return *this;
}

} // namespace compositord
