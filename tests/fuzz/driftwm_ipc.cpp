// What comes from a driftwm: what is read obeys the rules of the world, and can be asked for.

#include "compositor/driftwm_ipc.hpp"

#include "compositor/socket_lines.hpp"

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>

using namespace compositord;

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Lines lines;
    lines.feed(text, [](std::string_view line) {
        const auto read = parseDriftwmLine(line);
        if (!read) {
            require(!read.error().message.empty());
            return true;
        }
        if (const auto* state = std::get_if<DriftwmState>(&*read)) {
            for (const Window& window : state->windows) {
                require(std::to_underlying(window.id) > 0 && window.width >= 0 && window.height >= 0);
                require((window.space == Space::screen) == window.screen.has_value());
                static_cast<void>(driftwmRequest(*state, MoveWindow{window.id, {1, 2}}));
            }
            static_cast<void>(driftwmRequest(*state, SetCamera{.x = 1, .zoom = 0.5}));
        }
        return true;
    });
    return 0;
}
