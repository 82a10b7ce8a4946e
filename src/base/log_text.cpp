#include "base/log_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <syslog.h>

#include <array>

namespace compositord {

namespace {

// A peer must not be able to fill the log with one line.
constexpr std::size_t kLongestQuote = 200;

constexpr std::array<int, 4> kPriorities{LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};

// As SGR numbers: red, yellow, nothing, dim.
constexpr std::array<std::string_view, 4> kColours{"31", "33", "", "2"};

bool isControl(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

std::string escaped(char c) {
    return fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
}

std::string timeOf(LogStyle::Time style, std::chrono::system_clock::time_point now) {
    if (style == LogStyle::Time::none) {
        return {};
    }
    constexpr auto second = std::chrono::milliseconds(std::chrono::seconds(1)).count();
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    const std::tm local = fmt::localtime(std::chrono::system_clock::to_time_t(now));
    return style == LogStyle::Time::clock
               ? fmt::format("{:%H:%M:%S}.{:03} ", local, since % second)
               : fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}{:%z} ", local, since % second, local);
}

} // namespace

std::vector<std::string> journalFields(const LogLine& line) {
    std::vector<std::string> fields{
        fmt::format("MESSAGE={}", line.message),
        fmt::format("PRIORITY={}", kPriorities.at(std::to_underlying(line.level))),
        "SYSLOG_IDENTIFIER=compositord",
        fmt::format("COMPOSITORD_CATEGORY={}", nameOf(line.category)),
        fmt::format("CODE_FILE={}", line.where.file_name()),
        fmt::format("CODE_LINE={}", line.where.line()),
    };
    if (!line.compositor.empty()) {
        fields.push_back(fmt::format("COMPOSITORD_COMPOSITOR={}", line.compositor));
    }
    if (!line.session.empty()) {
        fields.push_back(fmt::format("COMPOSITORD_SESSION={}", line.session));
    }
    return fields;
}

std::string textOf(const LogLine& line, const LogStyle& style, std::chrono::system_clock::time_point now) {
    const std::string_view colour = kColours.at(std::to_underlying(line.level));
    const bool coloured = style.colours && !colour.empty();
    std::string text = fmt::format("{}compositord: {}{}{}: {}: ", timeOf(style.time, now),
                                   coloured ? fmt::format("\x1b[{}m", colour) : "", nameOf(line.level),
                                   coloured ? "\x1b[0m" : "", nameOf(line.category));
    text.reserve(text.size() + line.message.size() + 1);
    for (const char c : line.message) {
        if (isControl(c) && c != '\t') {
            text += escaped(c);
        } else {
            text += c;
        }
    }
    return text + '\n';
}

std::string printable(std::string_view text) {
    std::string result = "\"";
    for (const char c : text.substr(0, kLongestQuote)) {
        if (isControl(c)) {
            result += escaped(c);
        } else if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else {
            result += c;
        }
    }
    result += text.size() > kLongestQuote ? "…\"" : "\"";
    return result;
}

} // namespace compositord
