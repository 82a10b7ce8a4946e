#include "base/log_repeats.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace compositord {

bool LogRepeats::isSame(const Kept& kept, const LogLine& line) {
    return kept.line.level == line.level && kept.line.category == line.category &&
           kept.message == line.message && kept.compositor == line.compositor && kept.session == line.session;
}

bool LogRepeats::holdsBack(const LogLine& line, Clock::time_point now) {
    const auto found = std::ranges::find_if(kept_, [&](const Kept& kept) { return isSame(kept, line); });
    if (found == kept_.end() || now - found->written >= kInterval) {
        return false;
    }
    ++found->count;
    return true;
}

void LogRepeats::remember(const LogLine& line, Clock::time_point now) {
    std::erase_if(kept_, [&](const Kept& kept) { return isSame(kept, line); });
    if (line.message.size() + line.compositor.size() + line.session.size() > kLongestLine) {
        return;
    }
    if (kept_.size() == kMostLines) {
        kept_.erase(kept_.begin());
    }
    kept_.push_back({.line = {.level = line.level, .category = line.category, .where = line.where},
                     .message = std::string(line.message),
                     .compositor = std::string(line.compositor),
                     .session = std::string(line.session),
                     .written = now});
}

bool LogRepeats::holdsAny() const {
    return std::ranges::any_of(kept_, [](const Kept& kept) { return kept.count > 0; });
}

std::string LogRepeats::summaryOf(const Kept& kept) {
    return fmt::format("… repeated {} time{}: {}", kept.count, kept.count == 1 ? "" : "s", kept.message);
}

LogLine LogRepeats::lineOf(const Kept& kept, const std::string& message) {
    LogLine line = kept.line;
    line.message = message;
    line.compositor = kept.compositor;
    line.session = kept.session;
    return line;
}

} // namespace compositord
