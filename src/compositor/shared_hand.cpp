#include "compositor/shared_hand.hpp"

#include <algorithm>
#include <ranges>

namespace compositord {

namespace {

constexpr std::size_t kMostPoints = 32; // of one of them: hands have ten fingers

} // namespace

bool SharedHand::isHeld(std::set<std::uint32_t> Held::* things, std::uint32_t thing) const {
    return std::ranges::any_of(std::views::values(held_),
                               [&](const Held& held) { return (held.*things).contains(thing); });
}

/// The first of them presses it, the last of them lets it go.
template <class Change>
std::optional<InputEvent> SharedHand::press(ClientNumber who, std::set<std::uint32_t> Held::* things,
                                            std::uint32_t thing, const Change& change) {
    const bool before = isHeld(things, thing);
    if (change.pressed) {
        (held_[who].*things).insert(thing);
    } else {
        (held_[who].*things).erase(thing);
    }
    return before == isHeld(things, thing) ? std::nullopt : std::optional<InputEvent>(change);
}

std::int32_t SharedHand::freePoint() const {
    std::set<std::int32_t> used;
    for (const Held& held : std::views::values(held_)) {
        for (const std::int32_t point : std::views::values(held.points)) {
            used.insert(point);
        }
    }
    std::int32_t free = 0;
    while (used.contains(free)) {
        ++free;
    }
    return free;
}

std::optional<InputEvent> SharedHand::translated(ClientNumber who, const InputEvent& event) {
    if (const auto* const button = std::get_if<PointerButton>(&event)) {
        return press(who, &Held::buttons, button->button, *button);
    }
    if (const auto* const key = std::get_if<KeyChange>(&event)) {
        return press(who, &Held::keys, key->key, *key);
    }
    auto& points = held_[who].points;
    if (const auto* const down = std::get_if<TouchDown>(&event)) {
        if (points.contains(down->point) || points.size() == kMostPoints) {
            return std::nullopt;
        }
        const std::int32_t point = freePoint();
        points.emplace(down->point, point);
        return TouchDown{point, down->position};
    }
    if (const auto* const motion = std::get_if<TouchMotion>(&event)) {
        const auto found = points.find(motion->point);
        return found == points.end()
                   ? std::nullopt
                   : std::optional<InputEvent>(TouchMotion{found->second, motion->position});
    }
    if (const auto* const up = std::get_if<TouchUp>(&event)) {
        const auto found = points.find(up->point);
        if (found == points.end()) {
            return std::nullopt;
        }
        const std::int32_t point = found->second;
        points.erase(found);
        return TouchUp{point};
    }
    return event;
}

std::vector<InputEvent> SharedHand::take(ClientNumber who, const Input& input) {
    std::vector<InputEvent> events;
    for (const InputEvent& event : input.events) {
        if (std::holds_alternative<TouchCancel>(event)) {
            // Void is what anybody touches, if the one sender says so; that they are up is what can be said
            // of some.
            const bool alone = std::ranges::all_of(
                held_, [&](const auto& each) { return each.first == who || each.second.points.empty(); });
            auto& points = held_[who].points;
            if (alone) {
                events.emplace_back(TouchCancel{});
            } else {
                for (const std::int32_t point : std::views::values(points)) {
                    events.emplace_back(TouchUp{point});
                }
            }
            points.clear();
        } else if (const auto done = translated(who, event)) {
            events.push_back(*done);
        }
    }
    return events;
}

std::vector<InputEvent> SharedHand::release(ClientNumber who) {
    const auto found = held_.find(who);
    if (found == held_.end()) {
        return {};
    }
    const Held held = std::move(found->second);
    held_.erase(found);
    std::vector<InputEvent> events;
    for (const std::uint32_t key : held.keys) {
        if (!isHeld(&Held::keys, key)) {
            events.emplace_back(KeyChange{key, false});
        }
    }
    for (const std::uint32_t button : held.buttons) {
        if (!isHeld(&Held::buttons, button)) {
            events.emplace_back(PointerButton{button, false});
        }
    }
    for (const std::int32_t point : std::views::values(held.points)) {
        events.emplace_back(TouchUp{point});
    }
    return events;
}

} // namespace compositord
