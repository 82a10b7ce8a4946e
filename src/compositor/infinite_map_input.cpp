#include "compositor/infinite_map_input.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace compositord {

namespace {

constexpr std::uint32_t kSeatVersion = 5; // has release

// Of a text request, by the protocol.
constexpr std::size_t kLongestText = 2000;
// What another request takes on the wire at most; see RequestPacer.
constexpr std::size_t kRequestBytes = 40;

// Each is an object in the compositor, which need not keep any number of them either.
constexpr std::size_t kMostDevices = 64;

/// A point as the arguments of a request.
struct WirePoint {
    CellOffset x;
    CellOffset y;

    WirePoint(WorldPoint point, std::uint32_t gridSize)
        : x(toCellOffset(point.x, gridSize)), y(toCellOffset(point.y, gridSize)) {}
};

/// The longest beginning of at most `size` bytes that ends between two characters.
std::string_view beginning(std::string_view text, std::size_t size) {
    std::size_t length = 0;
    while (length < text.size()) {
        // At least 1, so that text that is no UTF-8 comes to an end too.
        const std::size_t next = std::max<std::size_t>(utf8SequenceLength(text.substr(length)), 1);
        if (length + next > size) {
            break;
        }
        length += next;
    }
    return text.substr(0, length);
}

std::uint32_t stateOf(bool pressed) {
    return pressed ? INFINITE_MAP_INPUT_V1_BUTTON_STATE_PRESSED : INFINITE_MAP_INPUT_V1_BUTTON_STATE_RELEASED;
}

} // namespace

constexpr infinite_map_input_v1_listener MapInput::kListener = {
    .closed = &ListenerThunk<&MapInput::onClosed>::call<infinite_map_input_v1>,
};

MapInput::MapInput(infinite_map_input_v1* proxy, const PendingCommit& commit)
    : commit_(commit), proxy_(proxy) {
    infinite_map_input_v1_add_listener(proxy, &kListener, this);
}

void MapInput::onClosed() {
    closed_ = true;
}

std::uint32_t MapInput::send(const Input& input) {
    std::uint32_t requests = 1;
    for (const InputEvent& event : input.events) {
        requests += std::visit([this](const auto& content) { return send(content); }, event);
    }
    infinite_map_input_v1_frame(proxy_.get());
    return requests;
}

std::uint32_t MapInput::send(const PointerMotion& event) {
    const WirePoint at(event.position, commit_.gridSize);
    infinite_map_input_v1_pointer_motion(proxy_.get(), at.x.cell, at.y.cell, at.x.offset256, at.y.offset256);
    return 1;
}

std::uint32_t MapInput::send(const PointerButton& event) {
    infinite_map_input_v1_pointer_button(proxy_.get(), event.button, stateOf(event.pressed));
    return 1;
}

std::uint32_t MapInput::send(const PointerScroll& event) {
    std::uint32_t requests = 0;
    const auto sendAxis = [&](std::uint32_t axis, double distance, std::int32_t clicks120) {
        if (distance != 0 || clicks120 != 0) {
            infinite_map_input_v1_pointer_axis(proxy_.get(), axis, wl_fixed_from_double(distance), clicks120);
            ++requests;
        }
    };
    sendAxis(INFINITE_MAP_INPUT_V1_AXIS_HORIZONTAL, event.x, event.x120);
    sendAxis(INFINITE_MAP_INPUT_V1_AXIS_VERTICAL, event.y, event.y120);
    return requests;
}

std::uint32_t MapInput::send(const KeyChange& event) {
    infinite_map_input_v1_key(proxy_.get(), event.key, stateOf(event.pressed));
    return 1;
}

std::uint32_t MapInput::send(const TypedText& event) {
    std::string_view rest = event.text;
    while (!rest.empty()) {
        const std::string part(beginning(rest, kLongestText));
        infinite_map_input_v1_text(proxy_.get(), part.c_str());
        rest.remove_prefix(part.size());
    }
    return static_cast<std::uint32_t>(1 + (event.text.size() / kRequestBytes));
}

std::uint32_t MapInput::send(const TouchDown& event) {
    const WirePoint at(event.position, commit_.gridSize);
    infinite_map_input_v1_touch_down(proxy_.get(), event.point, at.x.cell, at.y.cell, at.x.offset256,
                                     at.y.offset256);
    return 1;
}

std::uint32_t MapInput::send(const TouchMotion& event) {
    const WirePoint at(event.position, commit_.gridSize);
    infinite_map_input_v1_touch_motion(proxy_.get(), event.point, at.x.cell, at.y.cell, at.x.offset256,
                                       at.y.offset256);
    return 1;
}

std::uint32_t MapInput::send(const TouchUp& event) {
    infinite_map_input_v1_touch_up(proxy_.get(), event.point);
    return 1;
}

std::uint32_t MapInput::send(const TouchCancel& /*event*/) {
    infinite_map_input_v1_touch_cancel(proxy_.get());
    return 1;
}

void MapInputs::seatAppeared(std::uint32_t name, std::uint32_t version) {
    seats_.push_back({name, version});
}

void MapInputs::globalRemoved(std::uint32_t name) {
    const auto removed = std::ranges::find(seats_, name, &SeatGlobal::name);
    if (removed == seats_.end()) {
        return;
    }
    if (removed == seats_.begin()) {
        releaseAll();
        seat_.reset();
    }
    seats_.erase(removed);
}

wl_seat* MapInputs::seat() {
    if (!seat_ && !seats_.empty()) {
        const auto [name, version] = seats_.front();
        seat_.reset(static_cast<wl_seat*>(
            wl_registry_bind(registry_, name, &wl_seat_interface, std::min(version, kSeatVersion))));
    }
    return seat_.get();
}

std::expected<std::uint32_t, Refusal> MapInputs::send(infinite_map_manager_v1* manager, ClientNumber sender,
                                                      const Input& input) {
    auto device = devices_.find(sender);
    if (device != devices_.end() && device->second.closed()) {
        devices_.erase(device);
        device = devices_.end();
    }
    if (device == devices_.end()) {
        if (seat() == nullptr) {
            return std::unexpected(
                Refusal{RefusalCode::unsupported, "", "the compositor has no seat that takes input"});
        }
        if (devices_.size() == kMostDevices) {
            return std::unexpected(
                Refusal{RefusalCode::busy, "", "too many clients send input; try again when one has gone"});
        }
        device =
            devices_.try_emplace(sender, infinite_map_manager_v1_get_input(manager, seat()), commit_).first;
    }
    return device->second.send(input);
}

void MapInputs::addProxies(std::vector<wl_proxy*>& proxies) const {
    proxies.push_back(proxyOf(seat_.get()));
    for (const auto& [client, device] : devices_) {
        proxies.push_back(proxyOf(device.proxy()));
    }
}

} // namespace compositord
