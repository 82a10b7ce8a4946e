#include "web/http_request.hpp"

#include <algorithm>
#include <charconv>
#include <ranges>

namespace compositord {

namespace {

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

std::string_view opaque(std::string_view tag) {
    return tag.starts_with("W/") ? tag.substr(2) : tag;
}

bool equalsIgnoringCase(std::string_view text, std::string_view lowerCase) {
    return std::ranges::equal(text, lowerCase, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
}

/// "q=0", "q=0.0" and so on: not wanted.
bool isRefusal(std::string_view weight) {
    weight = trimmed(weight);
    return (weight.starts_with("q=0") || weight.starts_with("Q=0")) &&
           weight.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

} // namespace

std::optional<std::string> queryValue(std::string_view query, std::string_view name) {
    for (const auto part : std::views::split(query, '&')) {
        const std::string_view item(part.begin(), part.end());
        const auto equals = item.find('=');
        if (item.substr(0, equals) == name) {
            return std::string(equals == std::string_view::npos ? "" : item.substr(equals + 1));
        }
    }
    return std::nullopt;
}

bool namesTag(std::string_view ifNoneMatch, std::string_view tag) {
    if (tag.empty()) {
        return false;
    }
    if (trimmed(ifNoneMatch) == "*") {
        return true;
    }
    // No tag of ours has a comma in it.
    return std::ranges::any_of(std::views::split(ifNoneMatch, ','), [&](const auto part) {
        return opaque(trimmed({part.begin(), part.end()})) == opaque(tag);
    });
}

bool acceptsGzip(std::string_view acceptEncoding) {
    std::optional<bool> gzip;
    bool any = false;
    for (const auto part : std::views::split(acceptEncoding, ',')) {
        const std::string_view item(part.begin(), part.end());
        const auto semicolon = item.find(';');
        const std::string_view coding = trimmed(item.substr(0, semicolon));
        const bool wanted = semicolon == std::string_view::npos || !isRefusal(item.substr(semicolon + 1));
        if (equalsIgnoringCase(coding, "gzip") || equalsIgnoringCase(coding, "x-gzip")) {
            gzip = wanted;
        } else if (coding == "*") {
            any = wanted;
        }
    }
    return gzip.value_or(any);
}

std::uint64_t parseRevision(std::string_view text) {
    std::uint64_t revision = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), revision);
    return result.ec == std::errc() && result.ptr == text.data() + text.size() ? revision : 0;
}

std::optional<EventId> parseEventId(std::string_view text) {
    constexpr std::size_t longest = 128;
    const auto dash = text.rfind('-');
    if (text.size() > longest || dash == std::string_view::npos || dash == 0) {
        return std::nullopt;
    }
    EventId id{std::string(text.substr(0, dash)), 0};
    const auto result = std::from_chars(text.data() + dash + 1, text.data() + text.size(), id.revision);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size()) {
        return std::nullopt;
    }
    return id;
}

std::optional<std::string> relativePath(std::string_view path) {
    constexpr std::size_t longest = 1024;
    if (!path.starts_with('/') || path.size() > longest) {
        return std::nullopt;
    }
    path.remove_prefix(1);
    const bool strange = std::ranges::any_of(
        path, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\'; });
    if (strange) {
        return std::nullopt;
    }
    for (const auto part : std::views::split(path, '/')) {
        if (part.empty() || *part.begin() == '.') {
            return std::nullopt;
        }
    }
    return path.empty() ? std::nullopt : std::optional<std::string>(path);
}

} // namespace compositord
