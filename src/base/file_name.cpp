#include "base/file_name.hpp"

#include "base/utf8.hpp"

#include <algorithm>

namespace compositord {

namespace {

constexpr std::size_t kLongest = 255; // NAME_MAX of Linux file systems

bool isForbidden(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || byte == '/';
}

} // namespace

bool isFileName(std::string_view name) {
    return !name.empty() && name.size() <= kLongest && name != "." && name != ".." &&
           std::ranges::none_of(name, isForbidden) && isUtf8(name);
}

} // namespace compositord
