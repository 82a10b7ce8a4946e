// Requests of WebSocket clients: every text gives a request within the schema's bounds or an answer that is
// JSON.

#include "base/file_name.hpp"
#include "base/handle.hpp"
#include "base/key_codes.hpp"
#include "base/utf8.hpp"
#include "web/v1.hpp"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string_view>

using namespace compositord;

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

struct CheckBounds {
    void operator()(const SetCamera& command) const {
        require(command.x || command.y || command.zoom);
        require(std::abs(command.x.value_or(0)) <= 2e11 && std::abs(command.y.value_or(0)) <= 2e11);
        require(command.zoom.value_or(1) > 0 && command.zoom.value_or(1) <= 4294);
        require(command.duration.count() >= 0 && command.duration.count() <= 60000);
    }

    void operator()(const CancelCamera& /*command*/) const {}

    void operator()(const Input& command) const {
        require(command.events.size() <= kMostInputEvents);
        std::size_t typed = 0;
        for (const InputEvent& event : command.events) {
            if (const auto* text = std::get_if<TypedText>(&event)) {
                typed += text->text.size();
                require(!text->text.empty() && isUtf8(text->text) && !text->text.contains('\0'));
            } else if (const auto* motion = std::get_if<PointerMotion>(&event)) {
                require(std::abs(motion->position.x) <= 2e11 && std::abs(motion->position.y) <= 2e11);
            } else if (const auto* scroll = std::get_if<PointerScroll>(&event)) {
                require(std::abs(scroll->x) <= 10000 && std::abs(scroll->y) <= 10000);
                require(std::abs(scroll->x120) <= 12000 && std::abs(scroll->y120) <= 12000);
            } else if (const auto* key = std::get_if<KeyChange>(&event)) {
                require(std::ranges::find(keyCodes(), key->key, &KeyCode::evdev) != keyCodes().end());
            } else if (const auto* button = std::get_if<PointerButton>(&event)) {
                require(button->button >= BTN_LEFT && button->button <= BTN_EXTRA);
            }
        }
        require(typed <= kMostTypedBytes);
    }

    void operator()(const PutTile& command) const { require(isFileName(command.brick)); }

    void operator()(const RemoveTile& /*command*/) const {}

    /// Not for clients to send.
    void operator()(const ReleaseInput& /*command*/) const { require(false); }

    void operator()(const auto& command) const { require(command.window != WindowId{0}); }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const V1 json(V1::Format::json);
    const V1 msgpack(V1::Format::msgpack);
    for (const V1* dialect : {&json, &msgpack}) {
        const auto message = dialect->decode(text);
        if (!message) {
            const auto frame = json.error(message.error().id, message.error().problem);
            const auto& bytes = frame->bytes();
            const std::size_t header = bytes[1] < 126 ? 2 : bytes[1] == 126 ? 4 : 10;
            const JsonHandle answer(json_loadb(reinterpret_cast<const char*>(bytes.data()) + header,
                                               bytes.size() - header, JSON_ALLOW_NUL, nullptr));
            require(answer != nullptr);
        } else if (const auto* request = std::get_if<Request>(&*message)) {
            std::visit(CheckBounds{}, request->command);
        } else if (const auto* subscribe = std::get_if<Subscribe>(&*message)) {
            require(subscribe->interval.count() >= 0 && subscribe->interval <= std::chrono::seconds(10));
        }
    }
    return 0;
}
