#include "cli/redact.hpp"

#include <algorithm>
#include <regex>
#include <utility>

namespace compositord::cli {

namespace {

constexpr std::string_view kInstead = "(left out)";
constexpr std::size_t kLongestLine = 2000; // std::regex is recursive
constexpr std::size_t kShortestSecret = 4; // a shorter word would take half of the text with it

void replaceAll(std::string& text, std::string_view what, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
        text.replace(at, what.size(), by);
    }
}

} // namespace

Redactor::Redactor(std::string home, std::vector<std::string> secrets)
    : home_(std::move(home)), secrets_(std::move(secrets)) {
    std::erase_if(secrets_, [](const std::string& secret) { return secret.size() < kShortestSecret; });
    // One that holds another first.
    std::ranges::sort(secrets_, [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string Redactor::line(std::string text) const {
    static const std::regex named(
        R"re(((?:pass(?:word|wd|phrase)?|secret|token|api[-_]?key|authorization|cookie|credential)s?["']?\s*[:=]\s*["']?(?:bearer |basic )?)[^\s"',;&]+)re",
        std::regex::icase | std::regex::optimize);
    static const std::regex bearer(R"re(((?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,})re",
                                   std::regex::icase | std::regex::optimize);
    static const std::regex inAddress(R"re((://)[^/@\s]+@)re", std::regex::optimize);
    static const std::regex random(R"re([A-Za-z0-9+_-]{32,})re", std::regex::optimize);
    for (const std::string& secret : secrets_) {
        replaceAll(text, secret, kInstead);
    }
    if (home_.size() > 1) {
        replaceAll(text, home_, "~");
    }
    if (text.size() > kLongestLine) {
        text.resize(kLongestLine);
        text += " (cut)";
    }
    const std::string keep = "$1" + std::string(kInstead);
    text = std::regex_replace(text, named, keep);
    text = std::regex_replace(text, bearer, keep);
    text = std::regex_replace(text, inAddress, keep + "@");
    return std::regex_replace(text, random, std::string(kInstead));
}

std::string Redactor::operator()(std::string_view text) const {
    std::string result;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        result += line(std::string(text.substr(0, end)));
        result += end < text.size() ? "\n" : "";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

} // namespace compositord::cli
