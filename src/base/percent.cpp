#include "base/percent.hpp"

#include <fmt/format.h>

namespace compositord {

std::string percentEncoded(std::string_view text, std::string_view also) {
    std::string result;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           std::string_view("-._~").contains(c) || also.contains(c);
        result += plain ? std::string(1, c)
                        : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
    return result;
}

} // namespace compositord
