// Reads a MessagePack map as the JSON object that it corresponds to, so that messages are decoded once for
// both.
#pragma once

#include "base/json_reader.hpp"

#include <expected>
#include <string_view>

namespace compositord {

/// Takes what JSON has as well: nil, booleans, integers in 64 bits, finite floats, UTF-8 strings without NUL,
/// arrays, and maps with string keys, none of them twice. Nothing is allocated beyond the size of the input;
/// nesting is bounded.
std::expected<JsonHandle, JsonProblem> parseMsgpackObject(std::string_view bytes);

} // namespace compositord
