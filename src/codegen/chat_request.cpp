#include "codegen/chat_request.hpp"

#include "base/json_writer.hpp"

#include <array>
#include <utility>

namespace compositord {

namespace {

constexpr std::array<std::string_view, 4> kRoles{"system", "user", "assistant", "tool"};

void write(JsonWriter& json, const ToolCall& call) {
    json.beginObject().member("id", std::string_view(call.id)).member("type", "function").key("function");
    json.beginObject()
        .member("name", std::string_view(call.name))
        .member("arguments", std::string_view(call.arguments))
        .endObject();
    json.endObject();
}

void write(JsonWriter& json, const ChatMessage& message) {
    json.beginObject()
        .member("role", kRoles.at(std::to_underlying(message.role)))
        .member("content", std::string_view(message.content));
    if (message.role == ChatMessage::Role::tool) {
        json.member("tool_call_id", std::string_view(message.answers));
    }
    if (!message.toolCalls.empty()) {
        json.key("tool_calls").beginArray();
        for (const ToolCall& call : message.toolCalls) {
            write(json, call);
        }
        json.endArray();
    }
    json.endObject();
}

void write(JsonWriter& json, const ToolDescription& tool) {
    json.beginObject().member("type", "function").key("function");
    json.beginObject()
        .member("name", std::string_view(tool.name))
        .member("description", std::string_view(tool.description))
        .key("parameters")
        .json(tool.parameters)
        .endObject();
    json.endObject();
}

} // namespace

std::string encodeChatRequest(const ChatRequest& request, std::string_view model) {
    std::string text;
    JsonWriter json(text);
    json.beginObject();
    if (!model.empty()) {
        json.member("model", model);
    }
    json.key("messages").beginArray();
    for (const ChatMessage& message : request.messages) {
        write(json, message);
    }
    json.endArray();
    if (!request.tools.empty()) {
        json.key("tools").beginArray();
        for (const ToolDescription& tool : request.tools) {
            write(json, tool);
        }
        json.endArray();
    }
    if (request.mostTokens) {
        json.member("max_tokens", *request.mostTokens);
    }
    json.member("temperature", request.temperature).member("stream", true).key("stream_options");
    json.beginObject().member("include_usage", true).endObject().endObject();
    return text;
}

} // namespace compositord
