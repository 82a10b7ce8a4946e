// What is said to a language model and what it says, apart from any wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace compositord {

/// The model asks for something to be done.
struct ToolCall {
    std::string id;
    std::string name;
    std::string arguments; // JSON, as far as the model keeps to that

    bool operator==(const ToolCall&) const = default;
};

struct ChatUsage {
    std::uint64_t promptTokens = 0;
    std::uint64_t completionTokens = 0;

    std::uint64_t total() const { return promptTokens + completionTokens; }

    bool operator==(const ChatUsage&) const = default;
};

/// All that the model said in one answer.
struct ChatReply {
    std::string model; // that answered; empty: the server does not say
    std::string content;
    std::string reasoning;
    std::vector<ToolCall> toolCalls;
    std::optional<ChatUsage> usage;
    std::string finish; // "stop", "length", "tool_calls" …; empty: the server does not say

    /// Whether it was cut because the model may not say more.
    bool cutShort() const { return finish == "length"; }

    bool operator==(const ChatReply&) const = default;
};

/// Why there is no answer. What a caller does about it depends on the kind.
struct ChatProblem {
    enum class Kind : std::uint8_t {
        unreachable, // nothing came back; another try or another server may help
        busy,        // the server says to come back later
        noModel,     // the server has no such model loaded
        wrongModel,  // another model than the one asked for answered
        tooLong,     // what was said does not fit the model's context
        refused,     // the server takes no such request, or this key
        silent,      // nothing came for too long
        cut,         // the answer broke off
        malformed,   // what came is not what this protocol has
        empty,       // an answer without content
        cancelled,
    };

    Kind kind = Kind::malformed;
    std::string message; // what happened and what to do, for a person
};

} // namespace compositord
