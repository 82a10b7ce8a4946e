#include "web/tokens.hpp"

#include "base/handle.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ranges>
#include <utility>

namespace compositord {

namespace {

// Shorter ones can be guessed. 22 characters of base64 are 128 bits; people may choose words.
constexpr std::size_t kShortest = 16;
constexpr std::size_t kLongest = 512;
constexpr std::size_t kMostTokens = 1024;
constexpr std::size_t kLargestFile = 1UL << 20;

constexpr std::string_view kBlanks = " \t\r";

/// Those of RFC 6750, which no header, cookie or URL changes.
bool isTokenCharacter(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("-._~+/=").contains(c);
}

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

/// Looks at every byte of `given`, whatever the secret is.
bool equalInConstantTime(std::string_view given, std::string_view secret) {
    volatile unsigned difference = given.size() == secret.size() ? 0 : 1;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const char expected = secret[i % secret.size()];
        difference = difference | static_cast<unsigned>(static_cast<unsigned char>(given[i] ^ expected));
    }
    return difference == 0;
}

} // namespace

Result<Tokens> Tokens::parse(std::string_view text, Grants usual) {
    Tokens result;
    std::size_t number = 0;
    for (const auto part : std::views::split(text, '\n')) {
        const std::string where = fmt::format("line {}", ++number);
        const std::string_view line = trimmed({part.begin(), part.end()});
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        const auto cut = std::min(line.find_first_of(kBlanks), line.size());
        const std::string_view token = line.substr(0, cut);
        const std::string_view list = trimmed(line.substr(cut));
        if (token.size() < kShortest || token.size() > kLongest ||
            !std::ranges::all_of(token, isTokenCharacter)) {
            return failure(0,
                           fmt::format("a token has {} to {} letters, digits and -._~+/= (openssl rand "
                                       "-base64 24 makes one)",
                                       kShortest, kLongest),
                           where);
        }
        const auto grants = list.empty() ? usual : parseGrants(list);
        if (!grants) {
            return failure(0, grants.error(), where);
        }
        if (result.find(token)) {
            return failure(0, "this token was there already", where);
        }
        result.tokens_.push_back({std::string(token), *grants});
        if (result.tokens_.size() > kMostTokens) {
            return failure(0, fmt::format("there may be {} tokens", kMostTokens), where);
        }
    }
    return result;
}

Result<Tokens> Tokens::read(const std::string& path, Grants usual, bool guarded) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status{};
    if (!fd || fstat(fd.get(), &status) < 0) {
        return failure(errno, "cannot read the tokens", path);
    }
    if (!S_ISREG(status.st_mode) || std::cmp_greater(status.st_size, kLargestFile)) {
        return failure(0, "tokens are in a file of at most 1 MiB", path);
    }
    if (!guarded && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return failure(0, "the tokens are open to others; chmod 600 closes the file", path);
    }
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0) {
            return failure(errno, "cannot read the tokens", path);
        }
        if (count == 0) {
            break;
        }
        text.append(buffer.data(), static_cast<std::size_t>(count));
        if (text.size() > kLargestFile) {
            return failure(0, "tokens are in a file of at most 1 MiB", path);
        }
    }
    auto tokens = parse(text, usual);
    if (!tokens) {
        return failure(0, tokens.error().what, fmt::format("{}, {}", path, tokens.error().where));
    }
    if (tokens->empty()) {
        return failure(0, "there is no token in the file, so nobody could come in", path);
    }
    return tokens;
}

std::optional<Grants> Tokens::find(std::string_view token) const {
    std::optional<Grants> found;
    for (const Token& each : tokens_) {
        if (equalInConstantTime(token, each.text)) {
            found = each.grants;
        }
    }
    return found;
}

Grants Tokens::granted() const {
    Grants grants;
    for (const Token& token : tokens_) {
        grants = grants | token.grants;
    }
    return grants;
}

} // namespace compositord
