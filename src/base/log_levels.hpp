// Which lines of the log are wanted: a level for all categories, and others for some of them.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace compositord {

/// error: our bug or a failed promise; warn: bad but possible; info: what an operator wants to see; debug:
/// all else.
enum class LogLevel : std::uint8_t { error, warn, info, debug };

inline constexpr std::array<std::string_view, 4> kLogLevelNames{"error", "warn", "info", "debug"};

/// What a line is about. compositord is the program itself.
enum class LogCategory : std::uint8_t {
    compositord,
    bus,
    codegen,
    driftwm,
    foreignToplevel,
    infiniteMap,
    manifest,
    map,
    model,
    niri,
    notifications,
    progress,
    remote,
    sessions,
    sway,
    web,
};

inline constexpr std::array<std::string_view, 16> kLogCategoryNames{
    "compositord", "bus",      "codegen", "driftwm", "foreign_toplevel", "infinite_map",
    "manifest",    "map",      "model",   "niri",    "notifications",    "progress",
    "remote",      "sessions", "sway",    "web"};

std::optional<LogLevel> parseLogLevel(std::string_view name);

/// The error is for people: it says what is there, or what is probably meant.
std::expected<LogCategory, std::string> parseLogCategory(std::string_view name);

constexpr std::string_view nameOf(LogLevel level) {
    return kLogLevelNames.at(std::to_underlying(level));
}

constexpr std::string_view nameOf(LogCategory category) {
    return kLogCategoryNames.at(std::to_underlying(category));
}

class LogLevels {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): a level is one for all
    LogLevels(LogLevel usual = LogLevel::info) : usual_(usual) {}

    /// "info", "web=debug", or several of these with commas between them. The error is for people.
    static std::expected<LogLevels, std::string> parse(std::string_view text);

    /// As parse() reads it.
    std::string text() const;

    /// Of the categories that have none of their own.
    LogLevel usual() const { return usual_; }

    LogLevel of(LogCategory category) const { return own(category).value_or(usual_); }

    std::optional<LogLevel> own(LogCategory category) const { return own_.at(std::to_underlying(category)); }

    void setUsual(LogLevel level) { usual_ = level; }

    /// Nothing: it has none of its own.
    void setOwn(LogCategory category, std::optional<LogLevel> level) {
        own_.at(std::to_underlying(category)) = level;
    }

    bool operator==(const LogLevels&) const = default;

private:
    LogLevel usual_;
    std::array<std::optional<LogLevel>, kLogCategoryNames.size()> own_;
};

} // namespace compositord
