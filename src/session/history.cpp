#include "session/history.hpp"

#include <utility>

namespace compositord {

namespace {

struct TextSize {
    std::size_t operator()(const TaskQueued& event) const {
        std::size_t size = event.task.description.size();
        for (const auto& [name, value] : event.task.parameters) {
            size += name.size() + value.size();
        }
        return size;
    }

    std::size_t operator()(const OutputChunk& event) const { return event.text.size(); }

    std::size_t operator()(const ToolStarted& event) const { return event.input.size(); }

    std::size_t operator()(const ToolEnded& event) const { return event.result.size(); }

    std::size_t operator()(const TaskEnded& event) const { return event.result.size() + event.error.size(); }

    std::size_t operator()(const StepEnded& event) const { return event.error.size(); }

    std::size_t operator()(const auto& /*event*/) const { return 0; }
};

std::size_t sizeOf(const SessionEvent& event) {
    return std::visit(TextSize{}, event.happening);
}

} // namespace

void History::add(SharedSessionEvent event) {
    bytes_ += sizeOf(*event);
    events_.push_back(std::move(event));
    while (events_.size() > 1 && (events_.size() > kMostEvents || bytes_ > kMostBytes)) {
        bytes_ -= sizeOf(*events_.front());
        events_.pop_front();
    }
}

SessionHistory History::since(std::uint64_t sequence) const {
    SessionHistory result;
    if (events_.empty() || events_.back()->sequence <= sequence) {
        return result;
    }
    const std::uint64_t first = events_.front()->sequence;
    result.complete = sequence + 1 >= first;
    // The numbers follow each other without a gap.
    const std::size_t skip = sequence >= first ? static_cast<std::size_t>(sequence - first + 1) : 0;
    result.events.assign(events_.begin() + static_cast<std::ptrdiff_t>(skip), events_.end());
    return result;
}

} // namespace compositord
