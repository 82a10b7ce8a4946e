// What a model is asked, as servers want it.
#pragma once

#include "codegen/chat_message.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

struct ChatMessage {
    enum class Role : std::uint8_t { system, user, assistant, tool };

    Role role = Role::user;
    std::string content;
    std::vector<ToolCall> toolCalls; // of the assistant
    std::string answers;             // of a tool: the id of the call
};

/// Something that the model may ask to be done.
struct ToolDescription {
    std::string name;
    std::string description;
    std::string parameters; // a JSON Schema, as JSON
};

struct ChatRequest {
    std::vector<ChatMessage> messages;
    std::vector<ToolDescription> tools;
    std::optional<std::uint32_t> mostTokens; // of the answer
    double temperature = 0.2;                // code, not poetry
};

/// The body of POST /chat/completions. Text that is not UTF-8 is repaired.
std::string encodeChatRequest(const ChatRequest& request, std::string_view model);

} // namespace compositord
