// Writes one MessagePack value with the interface of JsonWriter, so that an encoder is written once for both.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

/// Integers in their shortest form, other numbers as 64-bit floats, text as str, NaN and infinities as nil.
/// The number of a container's elements is filled in at its end, always in 32 bits.
class MsgpackWriter {
public:
    /// Appends to `out`, which must outlive the writer.
    explicit MsgpackWriter(std::string& out) : out_(out) {}

    MsgpackWriter& beginObject() { return begin('\xdf'); }

    MsgpackWriter& endObject() { return end(2); } // a key and a value each

    MsgpackWriter& beginArray() { return begin('\xdd'); }

    MsgpackWriter& endArray() { return end(1); }

    MsgpackWriter& key(std::string_view name) { return value(name); }

    /// Text that is not UTF-8 is repaired with U+FFFD.
    MsgpackWriter& value(std::string_view text);

    MsgpackWriter& value(const char* text) { return value(std::string_view(text)); }

    MsgpackWriter& value(std::same_as<bool> auto flag) { return byte(flag ? '\xc3' : '\xc2'); }

    MsgpackWriter& value(double number);

    MsgpackWriter& value(std::integral auto number)
        requires(!std::same_as<decltype(number), bool>)
    {
        return integer(static_cast<std::int64_t>(number));
    }

    MsgpackWriter& null() { return byte('\xc0'); }

    /// key() and value() in one.
    template <class T> MsgpackWriter& member(std::string_view name, const T& content) {
        return key(name).value(content);
    }

private:
    struct Container {
        std::size_t countAt; // where its number of elements is to be written
        std::uint32_t values = 0;
    };

    MsgpackWriter& begin(char type);
    MsgpackWriter& end(std::uint32_t valuesPerElement);
    MsgpackWriter& byte(char type);
    MsgpackWriter& integer(std::int64_t number);
    void bigEndian(std::uint64_t number, unsigned size);
    void countOne();

    std::string& out_;
    std::vector<Container> open_;
};

} // namespace compositord
