#include "web/v1_input.hpp"

#include "base/key_codes.hpp"

#include <fmt/format.h>

#include <linux/input-event-codes.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace compositord {

namespace {

// Bounds as in the schema.
constexpr double kFarthest = 2e11; // world units; beyond the grid of 32-bit cells
constexpr double kFarthestScroll = 10000;
constexpr double kMostClicks = 100;
constexpr std::size_t kLongestWord = 64;

// What a click of a wheel scrolls when the page does not say; the figure that compositors use.
constexpr double kScrollPerClick = 15;
constexpr double kStepsPerClick = 120;

WorldPoint position(JsonObjectReader& in) {
    return {.x = in.number("x", -kFarthest, kFarthest), .y = in.number("y", -kFarthest, kFarthest)};
}

InputEvent motion(JsonObjectReader& in) {
    return PointerMotion{position(in)};
}

InputEvent button(JsonObjectReader& in) {
    // By MouseEvent.button: the main one, the wheel, the second one, back, forward.
    static constexpr std::array<std::uint32_t, 5> buttons{BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE,
                                                          BTN_EXTRA};
    const auto number = static_cast<std::size_t>(in.integer("button", 0, buttons.size() - 1));
    return PointerButton{.button = buttons.at(number), .pressed = in.boolean("pressed")};
}

InputEvent wheel(JsonObjectReader& in) {
    if (!in.has("deltaX") && !in.has("deltaY") && !in.has("clicksX") && !in.has("clicksY")) {
        in.reject("deltaY", "deltaY is missing: one of deltaX, deltaY, clicksX, and clicksY is needed");
    }
    const double clicksX = in.optionalNumber("clicksX", -kMostClicks, kMostClicks).value_or(0);
    const double clicksY = in.optionalNumber("clicksY", -kMostClicks, kMostClicks).value_or(0);
    return PointerScroll{.x = in.optionalNumber("deltaX", -kFarthestScroll, kFarthestScroll)
                                  .value_or(clicksX * kScrollPerClick),
                         .y = in.optionalNumber("deltaY", -kFarthestScroll, kFarthestScroll)
                                  .value_or(clicksY * kScrollPerClick),
                         .x120 = static_cast<std::int32_t>(std::lround(clicksX * kStepsPerClick)),
                         .y120 = static_cast<std::int32_t>(std::lround(clicksY * kStepsPerClick))};
}

InputEvent key(JsonObjectReader& in) {
    const auto evdev = evdevOfCode(in.string("code", 1, kLongestWord));
    if (!evdev) {
        in.reject("code", "code must be a KeyboardEvent.code, such as \"KeyA\"");
    }
    return KeyChange{.key = evdev.value_or(KEY_RESERVED), .pressed = in.boolean("pressed")};
}

InputEvent text(JsonObjectReader& in) {
    return TypedText{in.string("text", 1, kMostTypedBytes)};
}

InputEvent touch(JsonObjectReader& in) {
    const std::string phase = in.string("phase", 1, kLongestWord);
    if (phase == "cancel") {
        return TouchCancel{};
    }
    const auto point = static_cast<std::int32_t>(in.integer("id", INT32_MIN, INT32_MAX));
    if (phase == "down") {
        return TouchDown{.point = point, .position = position(in)};
    }
    if (phase == "motion") {
        return TouchMotion{.point = point, .position = position(in)};
    }
    if (phase != "up") {
        in.reject("phase", R"(phase must be "down", "motion", "up", or "cancel")");
    }
    return TouchUp{point};
}

struct EventKind {
    std::string_view name;
    InputEvent (*read)(JsonObjectReader& in);
};

constexpr std::array kEventKinds{
    EventKind{"motion", &motion}, EventKind{"button", &button}, EventKind{"wheel", &wheel},
    EventKind{"key", &key},       EventKind{"text", &text},     EventKind{"touch", &touch},
};

InputEvent event(JsonObjectReader& in) {
    const std::string name = in.string("kind", 1, kLongestWord);
    const auto* const kind = std::ranges::find(kEventKinds, name, &EventKind::name);
    if (kind == kEventKinds.end()) {
        in.reject("kind", R"(kind must be "motion", "button", "wheel", "key", "text", or "touch")");
        return TouchCancel{};
    }
    return kind->read(in);
}

} // namespace

Input readInput(JsonObjectReader& in) {
    Input input;
    std::size_t typed = 0;
    for (JsonObjectReader& element : in.objects("events", kMostInputEvents)) {
        input.events.push_back(event(element));
        if (const auto* text = std::get_if<TypedText>(&input.events.back())) {
            typed += text->text.size();
        }
        if (typed > kMostTypedBytes) {
            element.reject("text", fmt::format("text exceeds {} bytes in one Input", kMostTypedBytes));
        }
        in.adopt(element, fmt::format("events[{}]", input.events.size() - 1));
    }
    return input;
}

} // namespace compositord
