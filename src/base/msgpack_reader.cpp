#include "base/msgpack_reader.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <optional>
#include <string>

namespace compositord {

namespace {

constexpr int kDeepest = 32;

class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    /// Null after a problem.
    JsonHandle value(int depth);

    bool atEnd() const { return at_ == bytes_.size(); }

    JsonProblem problem() const {
        return {"", fmt::format("not valid MessagePack: {} at byte {}", problem_, at_)};
    }

private:
    JsonHandle fail(const char* problem) {
        problem_ = problem_ != nullptr ? problem_ : problem;
        return nullptr;
    }

    std::optional<std::uint64_t> number(unsigned size) {
        if (bytes_.size() - at_ < size) {
            return std::nullopt;
        }
        std::uint64_t result = 0;
        for (unsigned i = 0; i < size; ++i) {
            result = (result << 8U) | static_cast<unsigned char>(bytes_[at_++]);
        }
        return result;
    }

    JsonHandle unsignedInteger(unsigned size);
    JsonHandle signedInteger(unsigned size);
    JsonHandle real(unsigned size);
    JsonHandle string(std::optional<std::uint64_t> length);
    JsonHandle array(std::optional<std::uint64_t> count, int depth);
    JsonHandle map(std::optional<std::uint64_t> count, int depth);

    std::string_view bytes_;
    std::size_t at_ = 0;
    const char* problem_ = nullptr;
};

JsonHandle Reader::value(int depth) {
    if (depth > kDeepest) {
        return fail("nested too deeply");
    }
    const auto lead = number(1);
    if (!lead) {
        return fail("the end comes too early");
    }
    const auto type = static_cast<unsigned>(*lead);
    if (type < 0x80 || type >= 0xe0) {
        return JsonHandle(json_integer(static_cast<std::int8_t>(type)));
    }
    if (type < 0x90) {
        return map(type & 0xfU, depth);
    }
    if (type < 0xa0) {
        return array(type & 0xfU, depth);
    }
    if (type < 0xc0) {
        return string(type & 0x1fU);
    }
    switch (type) {
    case 0xc0:
        return JsonHandle(json_null());
    case 0xc2:
        return JsonHandle(json_false());
    case 0xc3:
        return JsonHandle(json_true());
    case 0xca:
        return real(4);
    case 0xcb:
        return real(8);
    case 0xcc:
        return unsignedInteger(1);
    case 0xcd:
        return unsignedInteger(2);
    case 0xce:
        return unsignedInteger(4);
    case 0xcf:
        return unsignedInteger(8);
    case 0xd0:
        return signedInteger(1);
    case 0xd1:
        return signedInteger(2);
    case 0xd2:
        return signedInteger(4);
    case 0xd3:
        return signedInteger(8);
    case 0xd9:
        return string(number(1));
    case 0xda:
        return string(number(2));
    case 0xdb:
        return string(number(4));
    case 0xdc:
        return array(number(2), depth);
    case 0xdd:
        return array(number(4), depth);
    case 0xde:
        return map(number(2), depth);
    case 0xdf:
        return map(number(4), depth);
    default:
        return fail("a type that messages do not use");
    }
}

JsonHandle Reader::unsignedInteger(unsigned size) {
    const auto bits = number(size);
    if (!bits || *bits > INT64_MAX) {
        return fail("an integer that is cut or too large");
    }
    return JsonHandle(json_integer(static_cast<std::int64_t>(*bits)));
}

JsonHandle Reader::signedInteger(unsigned size) {
    const auto bits = number(size);
    if (!bits) {
        return fail("an integer that is cut");
    }
    const unsigned unused = 64 - 8 * size;
    return JsonHandle(json_integer(static_cast<std::int64_t>(*bits << unused) >> unused));
}

JsonHandle Reader::real(unsigned size) {
    const auto bits = number(size);
    if (!bits) {
        return fail("a number that is cut");
    }
    const double number =
        size == 4 ? std::bit_cast<float>(static_cast<std::uint32_t>(*bits)) : std::bit_cast<double>(*bits);
    JsonHandle json(json_real(number)); // null for NaN and infinities
    return json ? std::move(json) : fail("a number that is not finite");
}

JsonHandle Reader::string(std::optional<std::uint64_t> length) {
    if (!length || *length > bytes_.size() - at_) {
        return fail("a string that is cut");
    }
    const std::string_view text = bytes_.substr(at_, *length);
    at_ += *length;
    if (text.contains('\0')) {
        return fail("a NUL in a string");
    }
    JsonHandle json(json_stringn(text.data(), text.size())); // null if it is not UTF-8
    return json ? std::move(json) : fail("a string that is not UTF-8");
}

JsonHandle Reader::array(std::optional<std::uint64_t> count, int depth) {
    if (!count) {
        return fail("an array that is cut");
    }
    JsonHandle result(json_array());
    for (std::uint64_t i = 0; i < *count; ++i) {
        JsonHandle element = value(depth + 1);
        if (!element) {
            return nullptr;
        }
        json_array_append_new(result.get(), element.release());
    }
    return result;
}

JsonHandle Reader::map(std::optional<std::uint64_t> count, int depth) {
    if (!count) {
        return fail("a map that is cut");
    }
    JsonHandle result(json_object());
    for (std::uint64_t i = 0; i < *count; ++i) {
        const JsonHandle key = value(depth + 1);
        if (!key) {
            return nullptr;
        }
        const char* name = json_string_value(key.get());
        if (name == nullptr || json_object_get(result.get(), name) != nullptr) {
            return fail(name == nullptr ? "a key that is not a string" : "a key that comes twice");
        }
        JsonHandle element = value(depth + 1);
        if (!element) {
            return nullptr;
        }
        json_object_set_new(result.get(), name, element.release());
    }
    return result;
}

} // namespace

std::expected<JsonHandle, JsonProblem> parseMsgpackObject(std::string_view bytes) {
    Reader reader(bytes);
    JsonHandle json = reader.value(0);
    if (!json) {
        return std::unexpected(reader.problem());
    }
    if (!reader.atEnd()) {
        return std::unexpected(JsonProblem{"", "bytes follow the MessagePack value"});
    }
    if (!json_is_object(json.get())) {
        return std::unexpected(JsonProblem{"", "a message must be a MessagePack map"});
    }
    return json;
}

} // namespace compositord
