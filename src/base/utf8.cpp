#include "base/utf8.hpp"

#include <algorithm>

namespace compositord {

namespace {

struct Lead {
    std::size_t length;
    unsigned char secondMin;
    unsigned char secondMax;
};

// Table 3-7 of the Unicode standard: the second byte's range excludes overlong forms and surrogates.
Lead classify(unsigned char byte) {
    if (byte < 0x80) {
        return {1, 0, 0};
    }
    if (byte >= 0xc2 && byte <= 0xdf) {
        return {2, 0x80, 0xbf};
    }
    if (byte == 0xe0) {
        return {3, 0xa0, 0xbf};
    }
    if (byte == 0xed) {
        return {3, 0x80, 0x9f};
    }
    if (byte >= 0xe1 && byte <= 0xef) {
        return {3, 0x80, 0xbf};
    }
    if (byte == 0xf0) {
        return {4, 0x90, 0xbf};
    }
    if (byte >= 0xf1 && byte <= 0xf3) {
        return {4, 0x80, 0xbf};
    }
    if (byte == 0xf4) {
        return {4, 0x80, 0x8f};
    }
    return {0, 0, 0};
}

} // namespace

std::size_t utf8SequenceLength(std::string_view text) {
    if (text.empty()) {
        return 0;
    }
    const Lead lead = classify(static_cast<unsigned char>(text[0]));
    if (lead.length <= 1) {
        return lead.length;
    }
    if (text.size() < lead.length) {
        return 0;
    }
    const auto second = static_cast<unsigned char>(text[1]);
    if (second < lead.secondMin || second > lead.secondMax) {
        return 0;
    }
    const auto rest = text.substr(2, lead.length - 2);
    const bool continues = std::ranges::all_of(rest, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte >= 0x80 && byte <= 0xbf;
    });
    return continues ? lead.length : 0;
}

bool isUtf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8SequenceLength(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

std::string repairUtf8(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const std::size_t length = utf8SequenceLength(text);
        if (length == 0) {
            result += "\xef\xbf\xbd";
            text.remove_prefix(1);
        } else {
            result += text.substr(0, length);
            text.remove_prefix(length);
        }
    }
    return result;
}

} // namespace compositord
