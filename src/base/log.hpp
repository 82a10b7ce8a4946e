// Log lines with a level and a category: journal fields under systemd, readable lines on stderr otherwise.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace compositord {

/// error: our bug or a failed promise; warn: bad but possible; info: what an operator wants to see; debug:
/// all else.
enum class LogLevel { error, warn, info, debug };

std::optional<LogLevel> parseLogLevel(std::string_view name);

/// A cheap value that modules keep; copies share the level.
class Log {
public:
    /// Decides on the sink: the journal if stderr is connected to it, else stderr.
    explicit Log(LogLevel level);

    Log withCategory(std::string category) const;

    bool enabled(LogLevel level) const;

    /// Of this and all its copies.
    void setLevel(LogLevel level) { settings_->level = level; }

    template <class... Args> void error(fmt::format_string<Args...> format, Args&&... args) const {
        write(LogLevel::error, format, std::forward<Args>(args)...);
    }

    template <class... Args> void warn(fmt::format_string<Args...> format, Args&&... args) const {
        write(LogLevel::warn, format, std::forward<Args>(args)...);
    }

    template <class... Args> void info(fmt::format_string<Args...> format, Args&&... args) const {
        write(LogLevel::info, format, std::forward<Args>(args)...);
    }

    template <class... Args> void debug(fmt::format_string<Args...> format, Args&&... args) const {
        write(LogLevel::debug, format, std::forward<Args>(args)...);
    }

private:
    struct Settings {
        LogLevel level;
        bool journal;
    };

    template <class... Args>
    void write(LogLevel level, fmt::format_string<Args...> format, Args&&... args) const {
        if (enabled(level)) {
            emit(level, fmt::format(format, std::forward<Args>(args)...));
        }
    }

    void emit(LogLevel level, const std::string& message) const;

    std::shared_ptr<Settings> settings_;
    std::string category_ = "compositord";
};

/// Text of a peer made fit for a log line: quoted, control characters escaped, cut at a bounded length.
std::string printable(std::string_view text);

} // namespace compositord
