// Input as another compositord is sent it.

#include "base/json_writer.hpp"
#include "base/key_codes.hpp"
#include "compositor/v1_peer.hpp"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <array>
#include <utility>

namespace compositord {

namespace {

constexpr double kStepsPerClick = 120;

// By MouseEvent.button, as in the schema.
constexpr std::array<std::uint32_t, 5> kButtons{BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, BTN_SIDE, BTN_EXTRA};

/// Writes the members of an event; false if there is no word for it.
class EventWriter {
public:
    explicit EventWriter(JsonWriter& out) : out_(out) {}

    bool operator()(const PointerMotion& event) { return at("motion", event.position); }

    bool operator()(const PointerButton& event) {
        const auto* const found = std::ranges::find(kButtons, event.button);
        if (found == kButtons.end()) {
            return false;
        }
        begin("button").member("button", found - kButtons.begin()).member("pressed", event.pressed);
        return true;
    }

    bool operator()(const PointerScroll& event) {
        begin("wheel").member("deltaX", event.x).member("deltaY", event.y);
        if (event.x120 != 0 || event.y120 != 0) {
            out_.member("clicksX", event.x120 / kStepsPerClick)
                .member("clicksY", event.y120 / kStepsPerClick);
        }
        return true;
    }

    bool operator()(const KeyChange& event) {
        const auto found = std::ranges::find(keyCodes(), event.key, &KeyCode::evdev);
        if (found == keyCodes().end()) {
            return false;
        }
        begin("key").member("code", found->code).member("pressed", event.pressed);
        return true;
    }

    bool operator()(const TypedText& event) {
        begin("text").member("text", event.text);
        return true;
    }

    bool operator()(const TouchDown& event) { return touch("down", event.point, &event.position); }

    bool operator()(const TouchMotion& event) { return touch("motion", event.point, &event.position); }

    bool operator()(const TouchUp& event) { return touch("up", event.point, nullptr); }

    bool operator()(const TouchCancel& /*event*/) {
        begin("touch").member("phase", "cancel");
        return true;
    }

private:
    JsonWriter& begin(const char* kind) { return out_.beginObject().member("kind", kind); }

    bool at(const char* kind, WorldPoint position) {
        begin(kind).member("x", position.x).member("y", position.y);
        return true;
    }

    bool touch(const char* phase, std::int32_t point, const WorldPoint* position) {
        begin("touch").member("phase", phase).member("id", point);
        if (position != nullptr) {
            out_.member("x", position->x).member("y", position->y);
        }
        return true;
    }

    JsonWriter& out_;
};

} // namespace

std::vector<std::string> V1Peer::writeInput(ClientNumber who, const Input* input) {
    const std::vector<InputEvent> events = input != nullptr ? hand_.take(who, *input) : hand_.release(who);
    std::vector<std::string> messages;
    for (std::size_t first = 0; first < events.size(); first += kMostInputEvents) {
        std::string text;
        JsonWriter out(text);
        out.beginObject().member("type", "Input").key("events").beginArray();
        EventWriter writer(out);
        bool any = false;
        for (std::size_t i = first; i < std::min(events.size(), first + kMostInputEvents); ++i) {
            if (std::visit(writer, events[i])) {
                out.endObject();
                any = true;
            }
        }
        out.endArray().endObject();
        if (any) {
            messages.push_back(std::move(text));
        }
    }
    return messages;
}

} // namespace compositord
