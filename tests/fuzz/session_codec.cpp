// The file of a session: what is read is written and read again the same.

#include "session/session_codec.hpp"

#include <cstdint>
#include <cstdlib>
#include <deque>

using namespace compositord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto kept = decodeSession({reinterpret_cast<const char*>(data), size});
    if (!kept) {
        return 0;
    }
    const std::deque<SharedSessionEvent> events(kept->events.begin(), kept->events.end());
    const auto again = decodeSession(encodeSession(kept->session, events));
    if (!again || again->session != kept->session || again->events.size() != events.size()) {
        std::abort();
    }
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (*again->events[i] != *events[i]) {
            std::abort();
        }
    }
    return 0;
}
