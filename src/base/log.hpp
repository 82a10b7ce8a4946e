// Log lines with a level and a category. Modules keep one of these by value; what they write goes where the
// program's one LogOutput sends it.
#pragma once

#include "base/log_output.hpp"
#include "base/log_text.hpp"

#include <fmt/format.h>

#include <atomic>
#include <memory>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

namespace compositord {

/// A format, checked when it is compiled, that knows where in the source it is.
template <class... Args> struct LogFormat {
    template <class Text>
    // NOLINTNEXTLINE(google-explicit-constructor): stands for the literal
    consteval LogFormat(const Text& format, std::source_location here = std::source_location::current())
        : text(format), where(here) {}

    fmt::format_string<Args...> text;
    std::source_location where;
};

/// A cheap value that modules keep; copies share levels and output.
class Log {
public:
    explicit Log(const LogLevels& levels);

    Log withCategory(LogCategory category) const;

    /// What is written is about this compositor, or this session.
    Log ofCompositor(std::string name) const;
    Log ofSession(std::string id) const;

    bool enabled(LogLevel level) const { return level <= threshold_->load(std::memory_order_relaxed); }

    /// What all copies share.
    LogOutput& output() const { return *output_; }

    template <class... Args>
    void error(LogFormat<std::type_identity_t<Args>...> format, Args&&... args) const {
        write<Args...>(LogLevel::error, format, std::forward<Args>(args)...);
    }

    template <class... Args>
    void warn(LogFormat<std::type_identity_t<Args>...> format, Args&&... args) const {
        write<Args...>(LogLevel::warn, format, std::forward<Args>(args)...);
    }

    template <class... Args>
    void info(LogFormat<std::type_identity_t<Args>...> format, Args&&... args) const {
        write<Args...>(LogLevel::info, format, std::forward<Args>(args)...);
    }

    template <class... Args>
    void debug(LogFormat<std::type_identity_t<Args>...> format, Args&&... args) const {
        write<Args...>(LogLevel::debug, format, std::forward<Args>(args)...);
    }

private:
    template <class... Args>
    void write(LogLevel level, const LogFormat<std::type_identity_t<Args>...>& format, Args&&... args) const {
        if (enabled(level)) {
            emit(level, fmt::format(format.text, std::forward<Args>(args)...), format.where);
        }
    }

    void emit(LogLevel level, const std::string& message, const std::source_location& where) const;

    std::shared_ptr<LogOutput> output_;
    const std::atomic<LogLevel>* threshold_; // of the output, for the category
    LogCategory category_ = LogCategory::compositord;
    std::string compositor_;
    std::string session_;
};

} // namespace compositord
