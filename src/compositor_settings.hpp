// Which compositors are mirrored, as the settings have them: what somebody wrote, and what it means.
#pragma once

#include "compositor/drivers.hpp"
#include "world/types.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

/// A line for each, which says where, what is wrong, and what would be right.
using Problems = std::vector<std::string>;

/// What somebody wrote about one compositor.
struct CompositorText {
    struct Member {
        std::vector<std::string> values; // one, but for the offset
        std::string where;               // FILE:LINE; empty: the command line

        bool operator==(const Member& other) const { return values == other.values; }
    };

    std::map<std::string, Member, std::less<>> members;
    std::string where; // as of members
    std::string key;   // of the mapping; empty in a list

    bool operator==(const CompositorText& other) const { return members == other.members; }
};

struct CompositorSettings {
    enum class Protocol : std::uint8_t {
        wayland, // of the compositor itself
        unix,    // its own, on a socket
        ws,      // another compositord's
        wss      // the same by TLS
    };

    std::string name;
    Protocol protocol = Protocol::wayland;
    std::string address; // empty: the one of the environment
    std::uint16_t port = 0;
    std::optional<DriverKind> driver; // none: the best one
    std::optional<WorldPoint> offset; // none: to the right of the one before
    std::string tokenFile;
    std::string authorities; // a file with the certificates that are trusted; empty: the system's
    std::string compositor;  // which one of another compositord; empty: all that it shows

    bool isRemote() const { return protocol == Protocol::ws || protocol == Protocol::wss; }
};

/// What the members of an entry may be called.
std::span<const std::string_view> compositorMembers();

/// Those that are paths, which in a file are relative to its folder.
bool isPathOfCompositor(std::string_view member);

/// Adds what is wrong to the problems.
std::vector<CompositorSettings> makeCompositors(const std::vector<CompositorText>& texts, Problems& problems);

} // namespace compositord
