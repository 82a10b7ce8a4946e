// Which session is next: the highest priority first, and within one the owners in turn, so that one who asks
// for a thousand does not keep another waiting for more than one.
#pragma once

#include "world/session.hpp"

#include <array>
#include <deque>
#include <optional>
#include <string>

namespace compositord {

class SessionQueue {
public:
    void push(const SessionId& id, SessionPriority priority, const std::string& owner);

    /// Whether it was waiting.
    bool remove(const SessionId& id);

    std::optional<SessionId> pop();

    std::size_t size() const { return size_; }

    /// How many of this owner's wait.
    std::size_t sizeOf(const std::string& owner) const;

private:
    struct Line {
        std::string owner;
        std::deque<SessionId> waiting; // never empty
    };

    std::array<std::deque<Line>, 4> lines_; // by priority; the first line is the one whose turn it is
    std::size_t size_ = 0;
};

} // namespace compositord
