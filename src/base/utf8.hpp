// UTF-8 as Unicode defines it (no overlong forms, no surrogates, nothing above U+10FFFF).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace compositord {

/// Length of the well-formed sequence at the start of `text`, 0 if it does not start with one.
std::size_t utf8SequenceLength(std::string_view text);

bool isUtf8(std::string_view text);

/// Each byte that is part of no well-formed sequence becomes U+FFFD.
std::string repairUtf8(std::string_view text);

} // namespace compositord
