// Bytes of a program as text: characters that are cut between two reads are put together, and what is not
// UTF-8 is replaced.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace compositord {

class TextStream {
public:
    /// The text that is complete now; may be empty. NUL, which no outlet can tell, is replaced as well.
    std::string feed(std::string_view bytes);

    /// What is left at the end.
    std::string finish();

private:
    std::string rest_; // the start of a character
};

/// Cuts text into lines. A line that is longer than the bound comes in parts.
class LineStream {
public:
    static constexpr std::size_t kLongest = 65536;

    using Line = std::function<void(std::string_view line, bool whole)>;

    void feed(std::string_view text, const Line& onLine);

    /// A last line without an end.
    void finish(const Line& onLine);

private:
    std::string rest_;
    bool whole_ = true; // rest_ is from the start of its line
};

} // namespace compositord
