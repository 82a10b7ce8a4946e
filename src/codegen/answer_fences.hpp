// Fenced blocks of Markdown, as models write them.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace compositord {

/// Without blanks at both ends.
std::string_view trimmed(std::string_view text);

struct Fence {
    std::size_t line = 0;    // at which it begins, from 1
    std::string_view before; // the last line before it that is not blank; empty after another block
    std::string_view info;   // what is after its marks
    std::string text;        // with a line feed at the end of each line
};

/// Calls for each block that has its end. What the text has beside that and is no prose — a block without an
/// end, or one that begins inside of another — is told in words, and nothing is read after it.
std::optional<std::string> readFences(std::string_view text,
                                      const std::function<void(const Fence&)>& onFence);

} // namespace compositord
