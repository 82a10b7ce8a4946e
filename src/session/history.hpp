// The events of one session, as many as fit: by number and by size, the newest are kept.
#pragma once

#include "world/session.hpp"

#include <deque>

namespace compositord {

class History {
public:
    static constexpr std::size_t kMostEvents = 2048;
    static constexpr std::size_t kMostBytes = 262144; // of text in them

    void add(SharedSessionEvent event);

    /// Those with a sequence number above this one.
    SessionHistory since(std::uint64_t sequence) const;

    const std::deque<SharedSessionEvent>& events() const { return events_; }

private:
    std::deque<SharedSessionEvent> events_;
    std::size_t bytes_ = 0;
};

} // namespace compositord
