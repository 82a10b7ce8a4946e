// Input of several people as that of one sender: what one of them still holds is not let go by another.
#pragma once

#include "world/input.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace compositord {

class SharedHand {
public:
    /// What the one sender does when somebody does this.
    std::vector<InputEvent> take(ClientNumber who, const Input& input);

    /// All that somebody holds.
    std::vector<InputEvent> release(ClientNumber who);

    /// Nothing is held any more.
    void forgetAll() { held_.clear(); }

private:
    struct Held {
        std::set<std::uint32_t> buttons;
        std::set<std::uint32_t> keys;
        std::map<std::int32_t, std::int32_t> points; // what the one sender calls each of theirs
    };

    template <class Change>
    std::optional<InputEvent> press(ClientNumber who, std::set<std::uint32_t> Held::* things,
                                    std::uint32_t thing, const Change& change);
    bool isHeld(std::set<std::uint32_t> Held::* things, std::uint32_t thing) const;
    std::int32_t freePoint() const;
    std::optional<InputEvent> translated(ClientNumber who, const InputEvent& event);

    std::map<ClientNumber, Held> held_;
};

} // namespace compositord
