// What goes over a progress socket: a frame of a 4-byte length and a MessagePack map, or a line of JSON with
// the same members. See progress_socket.hpp.
#pragma once

#include "world/session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

enum class ProgressFormat : std::uint8_t { frames, lines };

/// What a session's event is for the clients of a progress socket; nothing for those that they know nothing
/// of.
struct ProgressMessage {
    std::string session;
    std::string step;
    double percent = 0;
    bool complete = false;
    std::string error; // not empty: it ended so
    WallTime time;
};

std::optional<ProgressMessage> progressMessage(const Session& session, const SessionEvent& event);

std::string encode(const ProgressMessage& message, std::string_view eventName, ProgressFormat format);

/// What a client asks for.
struct ProgressControl {
    std::optional<std::string> session; // none: all that this socket tells of
};

/// Reads what one client sends, however it is cut.
class ProgressDecoder {
public:
    static constexpr std::size_t kLongest = 65536; // of a frame or a line
    static constexpr int kMostMalformed = 100;

    explicit ProgressDecoder(ProgressFormat format) : format_(format) {}

    /// The requests to cancel in these bytes and those before.
    std::vector<ProgressControl> feed(std::string_view bytes);

    /// How many messages were none so far.
    int malformed() const { return malformed_; }

    /// Whether there is no telling any more where the next message begins, or too many were malformed: what
    /// comes is not read.
    bool lost() const { return lost_; }

private:
    /// The next whole message in rest_, taken out of it.
    std::optional<std::string> next();
    void lose();

    ProgressFormat format_;
    std::string rest_;
    int malformed_ = 0;
    bool lost_ = false;
};

} // namespace compositord
