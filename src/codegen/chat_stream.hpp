// Reads the event stream with which a model's server answers, in whatever pieces it comes.
#pragma once

#include "codegen/chat_message.hpp"

#include <jansson.h>

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

/// Some text of an answer, as it comes.
struct ChatPiece {
    enum class Kind : std::uint8_t { content, reasoning };

    Kind kind = Kind::content;
    std::string text; // never empty; without NUL

    bool operator==(const ChatPiece&) const = default;
};

/// Tells thinking that a server leaves in the content, as `<think>…</think>` before the answer, from the
/// answer.
class ThinkFilter {
public:
    void feed(std::string_view text, std::vector<ChatPiece>& pieces);

    /// What may have been a tag and was none.
    void finish(std::vector<ChatPiece>& pieces);

private:
    enum class Place : std::uint8_t { before, thinking, answer };

    Place place_ = Place::before; // before: nothing of the answer but blanks
    std::string rest_;            // may be the start of a tag
};

/// Takes the bytes of `text/event-stream` and makes one answer of them.
class ChatStream {
public:
    // A server that never stops must not fill the memory.
    static constexpr std::size_t kLargestEvent = 4UL << 20U;
    static constexpr std::size_t kLargestReply = 8UL << 20U; // content, reasoning and tool calls together
    static constexpr std::size_t kMostToolCalls = 64;

    /// The texts that these bytes complete. After a problem, which is the same ever after, nothing is read.
    std::expected<std::vector<ChatPiece>, ChatProblem> feed(std::string_view bytes);

    /// Nothing more comes: the answer, if it is a whole one. Once.
    std::expected<ChatReply, ChatProblem> finish();

    /// The server has said that this was all; the connection may be closed.
    bool ended() const { return done_; }

    /// Whether the model has said anything yet.
    bool started() const { return size_ > 0 || !reply_.toolCalls.empty(); }

    /// That answers; empty: not told yet.
    const std::string& model() const { return reply_.model; }

private:
    void onLine(std::string_view line);
    void onEvent();
    void onChunk(const json_t* chunk);
    void onDelta(const json_t* delta);
    void onToolCall(const json_t* call);
    ToolCall* toolCall(const json_t* call);
    void take(std::vector<ChatPiece> pieces);
    bool charge(std::size_t bytes);
    const ChatProblem& fail(ChatProblem::Kind kind, std::string message);

    // The lines of the stream.
    std::string line_;
    bool afterReturn_ = false; // a line feed now belongs to the end of the last line
    bool first_ = true;        // no line has been read
    std::string data_;         // of the event that is being read
    bool hasData_ = false;
    std::string event_; // its name
    // What they say.
    std::vector<ChatPiece> pieces_; // that were not handed out
    ThinkFilter filter_;
    ChatReply reply_;
    std::vector<std::int64_t> indexes_; // of the tool calls, as the server counts them
    std::size_t size_ = 0;
    bool done_ = false;
    std::optional<ChatProblem> problem_;
};

/// What a server says with `{"error": {"message": …}}`, `{"error": "…"}`, or the like; or, if it is none of
/// these, its first words.
std::string serverWords(std::string_view body);

/// What kind of problem words of a server tell of, when its status alone does not.
ChatProblem::Kind kindOfWords(std::string_view words, ChatProblem::Kind otherwise);

} // namespace compositord
