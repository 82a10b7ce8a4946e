// What somebody may do. Everything that a client can ask for, and every route of HTTP, needs one of these.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace compositord {

enum class Grant : std::uint8_t {
    view,     // be told of the world: the compositor, cameras, windows, tiles
    camera,   // move cameras
    windows,  // focus, move, resize, close and otherwise handle windows
    tiles,    // put and remove tiles
    input,    // type and use the pointer in windows
    sessions, // start, follow and stop sessions
    inspect,  // see what goes over the connections of all clients
};

/// A set of grants.
class Grants {
public:
    /// In the order of the enumeration.
    static constexpr std::array<std::string_view, 7> kNames{"view",  "camera",   "windows", "tiles",
                                                            "input", "sessions", "inspect"};

    constexpr Grants() = default;

    constexpr Grants(std::initializer_list<Grant> grants) {
        for (const Grant grant : grants) {
            bits_ |= bit(grant);
        }
    }

    static constexpr Grants all() {
        Grants grants;
        grants.bits_ = (1U << kNames.size()) - 1;
        return grants;
    }

    /// For whom nothing else is said. Typing into windows is as good as a shell, and the traffic of others is
    /// theirs: both are only for those who were granted them by name.
    static constexpr Grants usual() {
        return {Grant::view, Grant::camera, Grant::windows, Grant::tiles, Grant::sessions};
    }

    constexpr bool has(Grant grant) const { return (bits_ & bit(grant)) != 0; }

    constexpr Grants operator|(Grants other) const {
        Grants both = *this;
        both.bits_ |= other.bits_;
        return both;
    }

    constexpr bool operator==(const Grants&) const = default;

private:
    static constexpr std::uint32_t bit(Grant grant) { return 1U << std::to_underlying(grant); }

    std::uint32_t bits_ = 0;
};

/// A literal.
constexpr std::string_view nameOf(Grant grant) {
    return Grants::kNames[std::to_underlying(grant)];
}

/// Reads a list such as "view,camera", or "all". An error says in words what is wrong.
std::expected<Grants, std::string> parseGrants(std::string_view list);

} // namespace compositord
