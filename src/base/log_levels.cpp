#include "base/log_levels.hpp"

#include "base/log_text.hpp"
#include "base/nearest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace compositord {

namespace {

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(' ');
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::expected<LogLevel, std::string> levelIn(std::string_view text) {
    const auto level = parseLogLevel(text);
    if (!level) {
        return std::unexpected(fmt::format("must be error, warn, info, or debug, not {}", printable(text)));
    }
    return *level;
}

} // namespace

std::optional<LogLevel> parseLogLevel(std::string_view name) {
    const auto* const found = std::ranges::find(kLogLevelNames, name);
    return found != kLogLevelNames.end()
               ? std::optional(static_cast<LogLevel>(found - kLogLevelNames.begin()))
               : std::nullopt;
}

std::expected<LogCategory, std::string> parseLogCategory(std::string_view name) {
    const auto* const found = std::ranges::find(kLogCategoryNames, name);
    if (found != kLogCategoryNames.end()) {
        return static_cast<LogCategory>(found - kLogCategoryNames.begin());
    }
    const std::string_view near = nearest(name, kLogCategoryNames);
    return std::unexpected(fmt::format("there is no category {}; {}", printable(name),
                                       near.empty()
                                           ? fmt::format("there are {}", fmt::join(kLogCategoryNames, ", "))
                                           : fmt::format("is {} meant?", near)));
}

std::expected<LogLevels, std::string> LogLevels::parse(std::string_view text) {
    LogLevels levels;
    bool usual = false; // was there
    for (std::size_t from = 0; from <= text.size();) {
        const std::size_t end = std::min(text.find(',', from), text.size());
        const std::string_view part = trimmed(text.substr(from, end - from));
        from = end + 1;
        const std::size_t equals = part.find('=');
        const auto level =
            levelIn(equals == std::string_view::npos ? part : trimmed(part.substr(equals + 1)));
        if (!level) {
            return std::unexpected(level.error());
        }
        if (equals == std::string_view::npos) {
            if (std::exchange(usual, true)) {
                return std::unexpected("has more than one level for all categories");
            }
            levels.setUsual(*level);
            continue;
        }
        const auto category = parseLogCategory(trimmed(part.substr(0, equals)));
        if (!category) {
            return std::unexpected(category.error());
        }
        if (levels.own(*category)) {
            return std::unexpected(fmt::format("has more than one level for {}", nameOf(*category)));
        }
        levels.setOwn(*category, *level);
    }
    return levels;
}

std::string LogLevels::text() const {
    std::string text(nameOf(usual_));
    for (std::size_t i = 0; i < own_.size(); ++i) {
        if (const auto level = own_.at(i)) {
            text += fmt::format(",{}={}", kLogCategoryNames.at(i), nameOf(*level));
        }
    }
    return text;
}

} // namespace compositord
