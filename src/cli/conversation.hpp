// The messages of compositord.v1 over a WebSocket: asks for something and waits until it is done or refused.
#pragma once

#include "base/json_writer.hpp"
#include "cli/json.hpp"
#include "cli/transport.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace compositord::cli {

/// Cuts what a server sends into frames (RFC 6455).
class FrameParser {
public:
    enum class Kind : std::uint8_t { text, close, ping, wrong };

    struct Frame {
        Kind kind = Kind::text;
        std::string payload;
    };

    void feed(std::string_view bytes) { waiting_ += bytes; }

    /// The next whole message.
    std::optional<Frame> next();

private:
    std::string waiting_;
    std::string begun_; // fragments of one
};

/// A frame as a client sends it, to begin with an opcode.
std::string frameOf(std::uint8_t opcode, std::string_view payload);

class Conversation {
public:
    using Members = std::function<void(JsonWriter& out)>;

    /// About one of several compositors; without a name about all of them together.
    static Outcome<Conversation> open(Transport& transport, std::string_view compositor = {});

    /// A message with members of its own; waits for the answer to it, which is a problem if it is refused.
    Outcome<JsonHandle> ask(std::string_view type, const Members& members);

    /// The same without waiting: the answer to the oldest one that was sent comes first.
    Outcome<> send(std::string_view type, const Members& members);
    Outcome<JsonHandle> answer();

    /// To wait on.
    int fd() const { return fd_.get(); }

    /// Reads what there is, after fd() is readable.
    Outcome<> read(const std::function<void(const std::string& message)>& onMessage);

    /// The same of what came with earlier answers.
    Outcome<> readKept(const std::function<void(const std::string& message)>& onMessage);

    /// The next message, whatever it is; waits.
    Outcome<std::string> next();

private:
    explicit Conversation(UniqueFd fd) : fd_(std::move(fd)) {}

    static Outcome<JsonHandle> judged(JsonHandle answer);
    Outcome<> receive();
    Outcome<std::optional<std::string>> take();

    UniqueFd fd_;
    FrameParser parser_;
    std::deque<std::string> passed_;           // what everybody is told, and came before an answer
    std::map<std::int64_t, JsonHandle> early_; // answers that came before their turn
    std::int64_t asked_ = 0;
    std::int64_t answered_ = 0;
};

} // namespace compositord::cli
