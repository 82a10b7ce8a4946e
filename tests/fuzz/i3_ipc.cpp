// What comes from a sway, cut in two: frames come out the same, and any tree can be laid out.

#include "compositor/i3_ipc.hpp"

#include "compositor/sway_map.hpp"

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

std::vector<I3Message> readAll(I3Frames& frames) {
    std::vector<I3Message> messages;
    for (auto next = frames.next(); next && *next; next = frames.next()) {
        messages.push_back(**std::move(next));
    }
    return messages;
}

void layOut(std::string_view text) {
    auto tree = parseSwayTree(text);
    if (!tree) {
        require(!tree.error().message.empty());
        return;
    }
    SwayMap map;
    map.show(*std::move(tree));
    for (const Window& window : map.windows()) {
        require(window.width >= 0 && window.height >= 0);
        static_cast<void>(map.commandFor(MoveWindow{window.id, {0, 0}}));
    }
    for (const Camera& camera : map.cameras()) {
        require(camera.live.zoom > 0);
        static_cast<void>(map.commandFor(SetCamera{.camera = camera.name, .y = 0}));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    I3Frames whole;
    whole.feed(text);
    I3Frames parts;
    parts.feed(text.substr(0, size / 2));
    auto some = readAll(parts);
    parts.feed(text.substr(size / 2));
    const auto more = readAll(parts);
    const auto all = readAll(whole);
    require(all.size() == some.size() + more.size());
    for (const I3Message& message : all) {
        layOut(message.payload);
        static_cast<void>(parseSwayRefusal(message.payload));
    }
    layOut(text);
    return 0;
}
