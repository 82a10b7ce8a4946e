// Messages of clients as the inspector of traffic is told them: whatever the bytes, one event of one line of
// JSON.

#include "web/traffic_event.hpp"

#include "base/json_reader.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace compositord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (const auto kind : {traffic::Kind::text, traffic::Kind::binary, traffic::Kind::close}) {
        const std::string event = traffic::messageEvent(
            {.direction = traffic::Direction::received, .kind = kind, .bytes = size, .payload = bytes});
        constexpr std::string_view lead = "event: message\ndata: ";
        const bool whole = event.starts_with(lead) && event.ends_with("\n\n");
        const auto line = std::string_view(event).substr(lead.size(), event.size() - lead.size() - 2);
        const bool oneLine = !line.contains('\n') && !line.contains('\r');
        // jansson, which reads it here, takes no NUL in a string; browsers do.
        if (!whole || !oneLine || (!line.contains("\\u0000") && !parseJsonObject(line))) {
            std::abort();
        }
    }
    return 0;
}
