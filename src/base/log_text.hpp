// What a line of the log is made of, and how it looks: as fields of the journal, or as text to read.
#pragma once

#include "base/log_levels.hpp"

#include <chrono>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

struct LogLine {
    LogLevel level = LogLevel::info;
    LogCategory category = LogCategory::compositord;
    std::string_view message;
    std::string_view compositor; // empty: it is about none in particular
    std::string_view session;    // the same
    std::source_location where;  // in the source
};

/// NAME=VALUE each; names of our own begin with COMPOSITORD_.
std::vector<std::string> journalFields(const LogLine& line);

struct LogStyle {
    enum class Time : std::uint8_t { none, clock, date };

    Time time = Time::none;
    bool colours = false;
};

/// With its end. Control characters of a message are escaped: a line of the log is one line.
std::string textOf(const LogLine& line, const LogStyle& style, std::chrono::system_clock::time_point now);

/// Text of a peer made fit for a log line: quoted, control characters escaped, cut at a bounded length.
std::string printable(std::string_view text);

} // namespace compositord
