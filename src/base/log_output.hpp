// Where lines of the log go: to the journal or to stderr, and beside that into a file. One for the program.
#pragma once

#include "base/log_file.hpp"
#include "base/log_repeats.hpp"
#include "base/log_text.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace compositord {

enum class LogTarget : std::uint8_t { journal, console };

inline constexpr std::array<std::string_view, 2> kLogTargetNames{"journal", "console"};

constexpr std::string_view nameOf(LogTarget target) {
    return kLogTargetNames.at(std::to_underlying(target));
}

class LogOutput {
public:
    /// To the journal if stderr is connected to it, else to stderr.
    explicit LogOutput(const LogLevels& levels);

    LogOutput(const LogOutput&) = delete;
    LogOutput& operator=(const LogOutput&) = delete;
    ~LogOutput();

    /// What a line of the category costs that is not wanted: to look here.
    const std::atomic<LogLevel>& threshold(LogCategory category) const {
        return thresholds_.at(std::to_underlying(category));
    }

    const LogLevels& levels() const { return levels_; }

    void setLevels(const LogLevels& levels);

    LogTarget target() const { return target_; }

    /// Nothing: the one of the start. False if that cannot be.
    bool setTarget(std::optional<LogTarget> target);

    /// The file is opened again even if the settings are the same.
    void setFile(LogFile::Settings settings);
    const LogFile::Settings& file() const;

    /// Called after levels or target have become others; one.
    void onChange(std::function<void()> handler) { onChange_ = std::move(handler); }

    /// Asked, when lines begin to be held back, to call flush() after that time; one.
    void onHeldBack(std::function<void(std::chrono::milliseconds)> handler) {
        onHeldBack_ = std::move(handler);
    }

    void write(const LogLine& line);

    /// Tells what was held back.
    void flush();

private:
    void put(const LogLine& line);
    void putMain(const LogLine& line) const;
    void changed() const;

    LogLevels levels_;
    std::array<std::atomic<LogLevel>, kLogCategoryNames.size()> thresholds_{};
    LogTarget usual_;
    LogTarget target_;
    LogStyle style_; // of stderr
    std::optional<LogFile> file_;
    LogRepeats repeats_;
    std::function<void()> onChange_;
    std::function<void(std::chrono::milliseconds)> onHeldBack_;
};

} // namespace compositord
