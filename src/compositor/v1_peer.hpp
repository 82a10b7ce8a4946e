// What another compositord says, in compositord.v1.json (data/schema), as changes of the world, and what it
// is asked, as its messages. No I/O.
#pragma once

#include "compositor/shared_hand.hpp"
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
#include <vector>

namespace compositord {

class JsonObjectReader;

/// Mirrors could follow each other in a ring, each showing what the next one shows. The rule that ends this
/// is the same for all, and needs nobody's consent: what is a mirror there is not mirrored here, and neither
/// is what this process itself shows.
class V1Peer {
public:
    struct Settings {
        std::string name;               // what the other one's compositor is called here
        std::string driver;             // and its driver
        std::string origin;             // marks requests from here
        std::vector<std::string> own{}; // the instances that this process shows
        bool all = true;                // no certain compositor is asked for
    };

    struct Fault {
        std::string what;
        bool refused = false; // it can be read, and is not to be mirrored
    };

    explicit V1Peer(Settings settings);

    /// One message. The changes are to be applied at once; nothing if a message of the same revision follows,
    /// or it is about something else.
    std::expected<std::optional<Changes>, Fault> read(std::string_view text);

    /// A message that says what is to be told, if that is something else than what was said before.
    std::optional<std::string> subscription();

    /// The connection is gone.
    Changes farewell(std::string reason);

    /// A message that asks for it; nothing for what nobody can be asked there.
    std::optional<std::string> write(const Request& request);

    /// Messages that say what somebody does, or, without it, that all is let go which they hold. Everybody's
    /// input is that of one client there.
    std::vector<std::string> writeInput(ClientNumber who, const Input* input);

    const Compositor& compositor() const { return world_.compositor(); }

private:
    struct Asked {
        std::int64_t id;
        RequestTag tag;
    };

    /// What is there is gone.
    Changes leave(std::string reason);
    Cause causeOf(const std::optional<std::string>& origin, std::optional<std::int64_t> id);

    /// One of several compositors there.
    struct Part {
        std::string name;
        bool mirror;
        bool connected;
        Capabilities capabilities;
    };

    static Part readPart(JsonObjectReader& in);
    std::optional<Fault> readCompositors(JsonObjectReader& in);
    Compositor ofThese(Compositor whole) const;
    bool isMirror(const JsonObjectReader& thing) const;

    Settings settings_;
    World world_; // what was said so far
    std::vector<Part> parts_;
    std::optional<std::string> subscribed_;
    Changes group_;
    Capabilities granted_;
    std::int64_t lastId_ = 0;
    std::deque<Asked> asked_;
    SharedHand hand_;
    std::uint32_t lastCause_ = 0;
};

} // namespace compositord
