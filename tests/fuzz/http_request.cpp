// Headers and paths of HTTP requests: whatever they are, no path leads out of the folder.

#include "web/http_request.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace compositord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    static_cast<void>(namesTag(text, "W/\"1-2\""));
    static_cast<void>(acceptsGzip(text));
    const auto id = parseEventId(text);
    if (id && (id->instance.empty() || !text.starts_with(id->instance))) {
        std::abort();
    }
    const auto path = relativePath(text);
    if (path && (path->empty() || path->starts_with('/') || path->contains("..") || path->contains("//") ||
                 path->contains('\0') || path->contains('\\'))) {
        // Dots inside a name are harmless; a part that begins with one is not.
        if (!path->contains("..") || path->starts_with('.') || path->contains("/.")) {
            std::abort();
        }
    }
    return 0;
}
