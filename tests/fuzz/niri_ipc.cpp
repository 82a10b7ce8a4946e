// What comes from a niri: whatever its lines say, what is laid out obeys the rules of the world, and can be
// asked for.

#include "compositor/niri_map.hpp"
#include "compositor/socket_lines.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace compositord;

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void ask(const NiriMap& map, const Command& command) {
    const auto lines = map.linesFor(command);
    require(lines || !lines.error().message.empty());
    require(!lines || lines->empty() || lines->back() == '\n');
    const auto aim = map.aimOf(command);
    require(!aim || !lines || map.shows(*aim) || !lines->empty());
}

void check(const NiriMap& map) {
    for (const Window& window : map.windows()) {
        require(std::to_underlying(window.id) > 0 && window.width > 0 && window.height > 0);
        require(std::isfinite(window.position.x) && std::isfinite(window.position.y));
    }
    for (const Camera& camera : map.cameras()) {
        require(camera.live.zoom > 0 && std::isfinite(camera.live.center.x));
        ask(map, SetCamera{.camera = camera.name, .x = 1000, .y = 0});
    }
    if (!map.windows().empty()) {
        const WindowId id = map.windows().back().id;
        ask(map, MoveWindow{id, {1, 2000}});
        ask(map, CenterWindow{.window = id});
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    NiriState state;
    NiriMap map;
    Lines lines;
    lines.feed({reinterpret_cast<const char*>(data), size}, [&](std::string_view line) {
        auto read = parseNiriLine(line);
        if (!read) {
            require(!read.error().message.empty());
            return true;
        }
        if (auto* event = std::get_if<NiriEvent>(&*read)) {
            state.apply(std::move(*event));
        } else if (auto* reply = std::get_if<NiriReply>(&*read)) {
            if (auto* outputs = std::get_if<NiriOutputs>(reply)) {
                state.setOutputs(std::move(outputs->outputs));
            }
        }
        map.show(state);
        require(map.windows().size() == state.windows().size());
        check(map);
        return true;
    });
    return 0;
}
