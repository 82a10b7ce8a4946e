// What compilers and linters say, as a list that a model and a person can use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

struct Diagnostic {
    enum class Severity : std::uint8_t { error, warning };

    Severity severity = Severity::error;
    std::string path;     // as the tool says it, from the top of the tree where it can be told; may be empty
    std::size_t line = 0; // from 1; 0: not known
    std::size_t column = 0; // the same
    std::string code;       // "E0308", "no-undef", "TS2322"; may be empty
    std::string message;
    std::string text; // as the tool shows it to people, with the source; may be empty

    bool operator==(const Diagnostic&) const = default;
};

enum class DiagnosticFormat : std::uint8_t {
    cargo,   // --message-format=json, one object a line
    eslint,  // --format json
    tsc,     // --pretty false
    node,    // --check
    rustfmt, // cargo fmt --check: "Diff in FILE:LINE:"
    test,    // cargo test: the failed tests and what they printed
    plain,   // nothing is known of it
};

/// Never fails: what is not understood is left out. At most so many are kept, errors before warnings.
/// `top` is the path of the tree as the tool saw it.
std::vector<Diagnostic> parseDiagnostics(DiagnosticFormat format, std::string_view out, std::string_view err,
                                         std::string_view top);

inline constexpr std::size_t kMostDiagnostics = 100;

} // namespace compositord
