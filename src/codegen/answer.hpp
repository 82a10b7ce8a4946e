// Reads a model's answer for the files that it wants written. Strict: an answer that can be understood in two
// ways is refused with the reasons, which are told to the model.
//
// A file is a fenced block that names its path, after the language or in the line before the fence:
//
//   ```rust path=src/lib.rs              ```rust:src/lib.rs              File: `src/lib.rs`
//   fn main() {}                         fn main() {}                    ```rust
//   ```                                  ```                             fn main() {}
//
// Blocks of the languages `diff` and `patch` are unified diffs and name the paths themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

/// What is to be done to one file.
struct FileEdit {
    enum class Kind : std::uint8_t {
        write, // `text` is all of it
        patch, // `text` is a unified diff of this one file
        remove
    };

    std::string path; // relative, with "/" between names, none of which is "." or ".."
    Kind kind = Kind::write;
    std::string text;

    bool operator==(const FileEdit&) const = default;
};

struct Answer {
    std::vector<FileEdit> edits;      // at least one; each path once
    std::vector<std::size_t> ignored; // lines at which blocks begin that name no path, from 1

    bool operator==(const Answer&) const = default;
};

constexpr std::size_t kLongestPath = 512;
constexpr std::size_t kMostEdits = 64;

/// The reasons, each a sentence that a model can act on.
using AnswerProblems = std::vector<std::string>;

std::expected<Answer, AnswerProblems> parseAnswer(std::string_view text);

/// What is wrong with a path that a model gave; empty: nothing. It stays inside its root as it is written;
/// what links may make of it is for the one who opens it to see.
std::string problemOfPath(std::string_view path);

} // namespace compositord
