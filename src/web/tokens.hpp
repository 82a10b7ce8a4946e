// The tokens that let their bearers in, and what each of them grants.
#pragma once

#include "base/error.hpp"
#include "web/grants.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

class Tokens {
public:
    /// None: nobody needs one.
    Tokens() = default;

    /// One token per line, with the grants after it ("TOKEN view,camera"); without them it has `usual`.
    /// Empty lines and those that begin with # are skipped. An error names the line, never a token.
    static Result<Tokens> parse(std::string_view text, Grants usual);

    /// Reads a file that nobody else may read or write. `guarded`: it lies where only we can look anyway.
    static Result<Tokens> read(const std::string& path, Grants usual, bool guarded);

    bool empty() const { return tokens_.empty(); }

    /// What this token grants, if it is one. How long that takes tells nothing about the tokens.
    std::optional<Grants> find(std::string_view token) const;

    /// What all of them grant together.
    Grants granted() const;

private:
    struct Token {
        std::string text;
        Grants grants;
    };

    std::vector<Token> tokens_;
};

} // namespace compositord
