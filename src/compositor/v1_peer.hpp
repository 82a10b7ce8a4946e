// What another compositord says, in compositord.v1.json (data/schema), as changes of the world, and what it
// is asked, as its messages. No I/O.
#pragma once

#include "world/changes.hpp"
#include "world/command.hpp"
#include "world/world.hpp"

#include <cstdint>
#include <deque>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace compositord {

class V1Peer {
public:
    /// `name` is what the other one's compositor is called here; `origin` marks requests from here.
    V1Peer(std::string name, std::string driver, std::string origin);

    /// What is said first.
    static std::string subscription();

    /// One message. The changes are to be applied at once; nothing if a message of the same revision follows,
    /// or it is about something else. The error says what cannot be read.
    std::expected<std::optional<Changes>, std::string> read(std::string_view text);

    /// The connection is gone.
    Changes farewell(const std::string& reason);

    /// A message that asks for it; nothing for what nobody can be asked there.
    std::optional<std::string> write(const Request& request);

    const Compositor& compositor() const { return world_.compositor(); }

private:
    struct Asked {
        std::int64_t id;
        RequestTag tag;
    };

    Cause causeOf(const std::optional<std::string>& origin, std::optional<std::int64_t> id);

    std::string name_;
    std::string driver_;
    std::string origin_;
    World world_; // what was said so far
    Changes group_;
    Capabilities granted_;
    std::int64_t lastId_ = 0;
    std::deque<Asked> asked_;
    std::uint32_t lastCause_ = 0;
};

} // namespace compositord
