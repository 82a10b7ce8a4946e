#include "codegen/chat_stream.hpp"

#include "base/handle.hpp"
#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <utility>

namespace compositord {

namespace {

constexpr std::string_view kOpen = "<think>";
constexpr std::string_view kClose = "</think>";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kLongestName = 256;
constexpr std::size_t kLongestWords = 500;

/// Servers and models are not always careful: what is no UTF-8, and NUL, become U+FFFD.
std::string clean(std::string_view text) {
    std::string result = isUtf8(text) ? std::string(text) : repairUtf8(text);
    for (std::size_t at = 0; (at = result.find('\0', at)) != std::string::npos;) {
        result.replace(at, 1, "\xef\xbf\xbd");
    }
    return result;
}

JsonHandle parse(std::string_view text) {
    const std::string repaired = isUtf8(text) ? std::string() : repairUtf8(text);
    const std::string_view bytes = repaired.empty() ? text : repaired;
    json_error_t error{};
    return JsonHandle(json_loadb(bytes.data(), bytes.size(), JSON_ALLOW_NUL, &error));
}

std::string stringOf(const json_t* object, const char* name) {
    const json_t* member = json_object_get(object, name);
    return json_is_string(member) ? clean({json_string_value(member), json_string_length(member)}) : "";
}

std::uint64_t countOf(const json_t* object, const char* name) {
    const json_int_t value = json_integer_value(json_object_get(object, name));
    return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

std::string dump(const json_t* json) {
    char* text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    std::string result = text != nullptr ? text : "";
    std::free(text); // NOLINT(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): jansson's
    return result;
}

std::string shortened(std::string_view words) {
    if (words.size() <= kLongestWords) {
        return std::string(words);
    }
    std::size_t end = kLongestWords;
    while (end > 0 && (static_cast<unsigned char>(words[end]) & 0xc0U) == 0x80) {
        --end;
    }
    return std::string(words.substr(0, end)) + "…";
}

std::string wordsOfError(const json_t* error) {
    if (json_is_string(error)) {
        return clean({json_string_value(error), json_string_length(error)});
    }
    return json_is_object(error) ? stringOf(error, "message") : "";
}

/// How many bytes at the end of the text are a start of the tag.
std::size_t openTag(std::string_view text, std::string_view tag) {
    for (std::size_t length = std::min(text.size(), tag.size() - 1); length > 0; --length) {
        if (tag.starts_with(text.substr(text.size() - length))) {
            return length;
        }
    }
    return 0;
}

void add(std::vector<ChatPiece>& pieces, ChatPiece::Kind kind, std::string_view text) {
    if (text.empty()) {
        return;
    }
    if (!pieces.empty() && pieces.back().kind == kind) {
        pieces.back().text += text;
    } else {
        pieces.push_back({kind, std::string(text)});
    }
}

/// Some models end their thinking with a tag that they never began with: all before it is thinking, unless
/// the tag is inside of a fence, where it is part of a file.
void takeLeadingThoughts(ChatReply& reply) {
    bool fenced = false;
    const std::string_view content = reply.content;
    for (std::size_t at = 0; at < content.size();) {
        const std::size_t end = std::min(content.find('\n', at), content.size());
        std::string_view line = content.substr(at, end - at);
        line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
        line = line.substr(0, line.find_last_not_of(kBlanks) + 1);
        if (line.starts_with("```") || line.starts_with("~~~")) {
            fenced = !fenced;
        } else if (!fenced && line == kClose) {
            reply.reasoning += content.substr(0, at);
            reply.content.erase(0, std::min(end + 1, content.size()));
            return;
        }
        at = end + 1;
    }
}

} // namespace

void ThinkFilter::feed(std::string_view text, std::vector<ChatPiece>& pieces) {
    std::string all = std::exchange(rest_, {});
    all += text;
    std::string_view view = all;
    while (!view.empty()) {
        if (place_ == Place::answer) {
            add(pieces, ChatPiece::Kind::content, view);
            return;
        }
        if (place_ == Place::thinking) {
            const std::size_t end = view.find(kClose);
            if (end == std::string_view::npos) {
                const std::size_t open = openTag(view, kClose);
                add(pieces, ChatPiece::Kind::reasoning, view.substr(0, view.size() - open));
                rest_ = view.substr(view.size() - open);
                return;
            }
            add(pieces, ChatPiece::Kind::reasoning, view.substr(0, end));
            view.remove_prefix(end + kClose.size());
            place_ = Place::before;
            continue;
        }
        const std::size_t first = std::min(view.find_first_not_of(kBlanks), view.size());
        const std::string_view word = view.substr(first);
        if (word.starts_with(kOpen)) {
            view.remove_prefix(first + kOpen.size());
            place_ = Place::thinking;
        } else if (kOpen.starts_with(word)) {
            rest_ = view; // with the blanks, which are the answer's if this is no tag
            return;
        } else {
            place_ = Place::answer;
        }
    }
}

void ThinkFilter::finish(std::vector<ChatPiece>& pieces) {
    const auto kind = place_ == Place::thinking ? ChatPiece::Kind::reasoning : ChatPiece::Kind::content;
    add(pieces, kind, std::exchange(rest_, {}));
}

std::expected<std::vector<ChatPiece>, ChatProblem> ChatStream::feed(std::string_view bytes) {
    while (!bytes.empty() && !done_ && !problem_) {
        if (std::exchange(afterReturn_, false) && bytes.front() == '\n') {
            bytes.remove_prefix(1);
            continue;
        }
        const std::size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
        if (line_.size() + data_.size() + end > kLargestEvent) {
            fail(ChatProblem::Kind::malformed,
                 fmt::format("the server sent an event of more than {} bytes", kLargestEvent));
            break;
        }
        line_ += bytes.substr(0, end);
        if (end == bytes.size()) {
            break;
        }
        afterReturn_ = bytes[end] == '\r';
        bytes.remove_prefix(end + 1);
        onLine(std::exchange(line_, {}));
    }
    if (problem_) {
        return std::unexpected(*problem_);
    }
    return std::exchange(pieces_, {});
}

void ChatStream::onLine(std::string_view line) {
    constexpr std::string_view byteOrderMark = "\xef\xbb\xbf";
    if (std::exchange(first_, false) && line.starts_with(byteOrderMark)) {
        line.remove_prefix(byteOrderMark.size());
    }
    if (line.empty()) {
        onEvent();
        return;
    }
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view field = line.substr(0, colon);
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) {
        value.remove_prefix(1);
    }
    if (field == "data") {
        if (std::exchange(hasData_, true)) {
            data_ += '\n';
        }
        data_ += value;
    } else if (field == "event") {
        event_ = value.substr(0, kLongestName);
    } // a comment, or a field that matters only to who reconnects
}

void ChatStream::onEvent() {
    const std::string data = std::exchange(data_, {});
    const std::string event = std::exchange(event_, {});
    if (!std::exchange(hasData_, false)) {
        return;
    }
    if (data == "[DONE]") {
        done_ = true;
        return;
    }
    const JsonHandle chunk = parse(data);
    if (event == "error" || json_object_get(chunk.get(), "error") != nullptr) {
        const std::string words = serverWords(data);
        fail(kindOfWords(words, ChatProblem::Kind::refused), "the server ended its answer: " + words);
    } else if (json_is_object(chunk.get())) {
        onChunk(chunk.get());
    } else {
        fail(ChatProblem::Kind::malformed,
             "the server sent an event that is no JSON object: " + shortened(clean(data)));
    }
}

void ChatStream::onChunk(const json_t* chunk) {
    if (reply_.model.empty()) {
        reply_.model = stringOf(chunk, "model").substr(0, kLongestName);
    }
    if (const json_t* usage = json_object_get(chunk, "usage"); json_is_object(usage)) {
        reply_.usage = ChatUsage{.promptTokens = countOf(usage, "prompt_tokens"),
                                 .completionTokens = countOf(usage, "completion_tokens")};
    }
    // One answer was asked for; a server that gives more has its first one read.
    const json_t* choices = json_object_get(chunk, "choices");
    for (std::size_t i = 0; i < json_array_size(choices); ++i) {
        const json_t* choice = json_array_get(choices, i);
        if (json_integer_value(json_object_get(choice, "index")) != 0) {
            continue;
        }
        onDelta(json_object_get(choice, "delta"));
        if (const std::string finish = stringOf(choice, "finish_reason"); !finish.empty()) {
            reply_.finish = finish.substr(0, kLongestName);
        }
    }
}

void ChatStream::onDelta(const json_t* delta) {
    std::vector<ChatPiece> pieces;
    for (const char* name : {"reasoning_content", "reasoning"}) {
        if (const std::string text = stringOf(delta, name); !text.empty()) {
            pieces.push_back({ChatPiece::Kind::reasoning, text});
            break; // servers that send both say the same twice
        }
    }
    filter_.feed(stringOf(delta, "content"), pieces);
    take(std::move(pieces));
    const json_t* calls = json_object_get(delta, "tool_calls");
    for (std::size_t i = 0; i < json_array_size(calls) && !problem_; ++i) {
        onToolCall(json_array_get(calls, i));
    }
}

void ChatStream::take(std::vector<ChatPiece> pieces) {
    for (ChatPiece& piece : pieces) {
        if (!charge(piece.text.size())) {
            return;
        }
        (piece.kind == ChatPiece::Kind::content ? reply_.content : reply_.reasoning) += piece.text;
        pieces_.push_back(std::move(piece));
    }
}

ToolCall* ChatStream::toolCall(const json_t* call) {
    const json_t* index = json_object_get(call, "index");
    const std::string id = stringOf(call, "id").substr(0, kLongestName);
    std::size_t at = reply_.toolCalls.size();
    if (json_is_integer(index)) {
        // The last one of that index: some servers give all calls the index 0, and tell them apart by ids.
        const auto known = std::ranges::find(indexes_.rbegin(), indexes_.rend(), json_integer_value(index));
        if (known != indexes_.rend()) {
            at = static_cast<std::size_t>(indexes_.rend() - known) - 1;
        }
    } else if (id.empty() && at > 0) {
        --at;
    }
    if (at < reply_.toolCalls.size()) {
        const std::string& before = reply_.toolCalls[at].id;
        if (id.empty() || before.empty() || id == before) {
            return &reply_.toolCalls[at];
        }
        at = reply_.toolCalls.size();
    }
    if (at >= kMostToolCalls) {
        fail(ChatProblem::Kind::malformed,
             fmt::format("the model called more than {} tools in one answer", kMostToolCalls));
        return nullptr;
    }
    indexes_.push_back(json_integer_value(index));
    return &reply_.toolCalls.emplace_back();
}

void ChatStream::onToolCall(const json_t* call) {
    ToolCall* known = json_is_object(call) ? toolCall(call) : nullptr;
    if (known == nullptr) {
        return;
    }
    if (known->id.empty()) {
        known->id = stringOf(call, "id").substr(0, kLongestName);
    }
    const json_t* function = json_object_get(call, "function");
    if (known->name.empty()) {
        known->name = stringOf(function, "name").substr(0, kLongestName);
    }
    const json_t* arguments = json_object_get(function, "arguments");
    const std::string text = json_is_object(arguments) ? dump(arguments) : stringOf(function, "arguments");
    if (charge(text.size())) {
        known->arguments += text;
    }
}

bool ChatStream::charge(std::size_t bytes) {
    size_ += bytes;
    if (size_ > kLargestReply) {
        fail(ChatProblem::Kind::malformed,
             fmt::format("the model's answer is longer than {} bytes", kLargestReply));
    }
    return !problem_;
}

std::expected<ChatReply, ChatProblem> ChatStream::finish() {
    if (!done_ && !problem_) {
        // A last event without its end is taken if it is whole.
        if (!line_.empty()) {
            onLine(std::exchange(line_, {}));
        }
        if (data_ == "[DONE]" || parse(data_)) {
            onEvent();
        }
    }
    if (problem_) {
        return std::unexpected(*problem_);
    }
    if (!done_ && reply_.finish.empty()) {
        return std::unexpected(
            fail(ChatProblem::Kind::cut, "the connection ended in the middle of the answer"));
    }
    std::vector<ChatPiece> rest;
    filter_.finish(rest);
    take(std::move(rest));
    takeLeadingThoughts(reply_);
    if (reply_.toolCalls.empty() && reply_.content.find_first_not_of(kBlanks) == std::string::npos) {
        return std::unexpected(
            fail(ChatProblem::Kind::empty,
                 reply_.cutShort()
                     ? "the model was cut at its longest answer before it said anything; allow it more tokens"
                     : "the model gave an empty answer"));
    }
    return std::move(reply_);
}

const ChatProblem& ChatStream::fail(ChatProblem::Kind kind, std::string message) {
    return problem_ ? *problem_ : problem_.emplace(kind, std::move(message));
}

std::string serverWords(std::string_view body) {
    const JsonHandle json = parse(body);
    std::string words = wordsOfError(json_object_get(json.get(), "error"));
    for (const char* name : {"message", "detail"}) {
        if (words.empty()) {
            words = stringOf(json.get(), name);
        }
    }
    if (words.empty()) {
        words = clean(body);
    }
    for (char& c : words) {
        c = std::iscntrl(static_cast<unsigned char>(c)) != 0 ? ' ' : c;
    }
    return shortened(words);
}

ChatProblem::Kind kindOfWords(std::string_view words, ChatProblem::Kind otherwise) {
    std::string lower(words);
    std::ranges::transform(lower, lower.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto any = [&](auto... parts) { return (lower.contains(parts) || ...); };
    if (any("no models loaded", "no model loaded", "no model is loaded", "model_not_found") ||
        (any("model") && any("not found", "does not exist", "failed to load", "unloaded", "not loaded"))) {
        return ChatProblem::Kind::noModel;
    }
    if (any("context_length", "context length", "maximum context", "context size", "context window",
            "context overflow", "exceeds the available context", "prompt is too long", "n_ctx")) {
        return ChatProblem::Kind::tooLong;
    }
    if (any("rate limit", "overloaded", "too many requests", "try again later")) {
        return ChatProblem::Kind::busy;
    }
    return otherwise;
}

} // namespace compositord
