// A session and its events as the text that is kept on disk.
#pragma once

#include "base/error.hpp"
#include "world/session.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

struct KeptSession {
    Session session;
    std::vector<SharedSessionEvent> events; // their sequence numbers follow each other
};

std::string encodeSession(const Session& session, const std::deque<SharedSessionEvent>& events);

/// Refuses what encodeSession() would not have written.
Result<KeptSession> decodeSession(std::string_view text);

} // namespace compositord
