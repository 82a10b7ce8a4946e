// What a command is about: which compositord, and which of its compositors.
#pragma once

#include "cli/conversation.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace compositord::cli {

/// Of commands that may be about one compositor only.
inline constexpr Option kOfOne{"compositor", "COMPOSITOR", "only this one of several compositors"};

class Target {
public:
    /// As the options say. A name that is not known is a problem that names those that are.
    static Outcome<Target> find(const Call& call, Transport::Start start = Transport::Start::ifNeeded);

    Transport& transport() { return transport_; }

    /// Empty: all of them together.
    const std::string& compositor() const { return compositor_; }

    /// A path of the interface, for what is to be told of the compositor only.
    std::string narrowed(std::string_view path) const;

    Outcome<Conversation> talk() { return Conversation::open(transport_, compositor_); }

    /// A problem if the compositor is one whose map has no tiles: all of them are those of the first one.
    Outcome<> haveTiles() const;

private:
    explicit Target(Transport transport) : transport_(std::move(transport)) {}

    Outcome<> choose(const std::string& name);

    Transport transport_;
    std::string compositor_;
    std::string first_; // of those that there are
};

} // namespace compositord::cli
