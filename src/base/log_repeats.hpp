// Keeps a line that comes again and again from filling the log: it is written once in a while, and counted
// in between. Two lines are the same only if all of them is: what differs is never held back.
#pragma once

#include "base/log_text.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace compositord {

class LogRepeats {
public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::chrono::seconds kInterval{5};
    static constexpr std::size_t kMostLines = 32;     // that are remembered
    static constexpr std::size_t kLongestLine = 4096; // a longer one is not

    /// Whether the line was there already within the interval; then it is counted and not to be written.
    bool holdsBack(const LogLine& line, Clock::time_point now);

    /// The line is written now. Only after take(), so that no count is lost.
    void remember(const LogLine& line, Clock::time_point now);

    /// Calls back with a line for each that was held back since the last time; no pause is begun anew.
    template <class Write> void take(Write write) {
        for (Kept& kept : kept_) {
            if (kept.count > 0) {
                const std::string message = summaryOf(kept);
                write(lineOf(kept, message));
                kept.count = 0;
            }
        }
    }

    /// Whether take() has something to tell.
    bool holdsAny() const;

private:
    struct Kept {
        LogLine line; // but for its texts
        std::string message;
        std::string compositor;
        std::string session;
        Clock::time_point written;
        std::uint64_t count = 0; // not told yet
    };

    static bool isSame(const Kept& kept, const LogLine& line);
    static std::string summaryOf(const Kept& kept);
    static LogLine lineOf(const Kept& kept, const std::string& message);

    std::vector<Kept> kept_; // the oldest first
};

} // namespace compositord
