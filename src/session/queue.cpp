#include "session/queue.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace compositord {

void SessionQueue::push(const SessionId& id, SessionPriority priority, const std::string& owner) {
    auto& lines = lines_[std::to_underlying(priority)];
    auto line = std::ranges::find(lines, owner, &Line::owner);
    if (line == lines.end()) {
        lines.push_back({.owner = owner, .waiting = {}});
        line = std::prev(lines.end());
    }
    line->waiting.push_back(id);
    ++size_;
}

bool SessionQueue::remove(const SessionId& id) {
    for (auto& lines : lines_) {
        for (auto line = lines.begin(); line != lines.end(); ++line) {
            if (std::erase(line->waiting, id) == 0) {
                continue;
            }
            if (line->waiting.empty()) {
                lines.erase(line);
            }
            --size_;
            return true;
        }
    }
    return false;
}

std::optional<SessionId> SessionQueue::pop() {
    for (auto& lines : lines_ | std::views::reverse) {
        if (lines.empty()) {
            continue;
        }
        Line line = std::move(lines.front());
        lines.pop_front();
        SessionId id = std::move(line.waiting.front());
        line.waiting.pop_front();
        if (!line.waiting.empty()) {
            lines.push_back(std::move(line)); // the others come first now
        }
        --size_;
        return id;
    }
    return std::nullopt;
}

std::size_t SessionQueue::sizeOf(const std::string& owner) const {
    std::size_t count = 0;
    for (const auto& lines : lines_) {
        for (const Line& line : lines) {
            count += line.owner == owner ? line.waiting.size() : 0;
        }
    }
    return count;
}

} // namespace compositord
