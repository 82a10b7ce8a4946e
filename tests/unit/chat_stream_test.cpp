#include "codegen/chat_stream.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

using namespace compositord;

namespace {

std::string event(std::string_view data) {
    return "data: " + std::string(data) + "\n\n";
}

std::string content(std::string_view text) {
    return event(R"({"model":"m","choices":[{"index":0,"delta":{"content":")" + std::string(text) +
                 R"("},"finish_reason":null}]})");
}

std::string finished(std::string_view reason) {
    return event(R"({"choices":[{"index":0,"delta":{},"finish_reason":")" + std::string(reason) + R"("}]})");
}

const std::string kDone = event("[DONE]");

struct Outcome {
    std::string content; // as it came
    std::string reasoning;
    std::expected<ChatReply, ChatProblem> reply;
};

Outcome read(std::string_view bytes, std::size_t piece = 1) {
    ChatStream stream;
    Outcome outcome;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        auto pieces = stream.feed(bytes.substr(at, piece));
        if (!pieces) {
            outcome.reply = std::unexpected(pieces.error());
            return outcome;
        }
        for (const ChatPiece& text : *pieces) {
            (text.kind == ChatPiece::Kind::content ? outcome.content : outcome.reasoning) += text.text;
        }
    }
    outcome.reply = stream.finish();
    return outcome;
}

ChatProblem::Kind problemOf(std::string_view bytes) {
    const auto outcome = read(bytes);
    EXPECT_FALSE(outcome.reply) << bytes;
    return outcome.reply ? ChatProblem::Kind::cancelled : outcome.reply.error().kind;
}

} // namespace

TEST(ChatStream, ReadsAnAnswerInPiecesOfAnySize) {
    const std::string bytes =
        "\xef\xbb\xbf: comment\n\n" +
        event(R"({"model":"m","choices":[{"index":0,"delta":{"role":"assistant"}}]})") +
        content("Hello, w\\u00f6rld \xe2\x9c\x93") + content(" again") + finished("stop") +
        event(R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}})") +
        kDone;
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        const auto outcome = read(bytes, piece);
        ASSERT_TRUE(outcome.reply) << piece << ": " << outcome.reply.error().message;
        EXPECT_EQ(outcome.reply->content, "Hello, wörld ✓ again");
        EXPECT_EQ(outcome.content, outcome.reply->content);
        EXPECT_EQ(outcome.reply->model, "m");
        EXPECT_EQ(outcome.reply->finish, "stop");
        EXPECT_EQ(outcome.reply->usage, (ChatUsage{7, 3}));
    }
}

TEST(ChatStream, TakesAllEndsOfLines) {
    for (const std::string_view end : {"\n", "\r", "\r\n"}) {
        std::string bytes;
        for (const char c : content("a") + finished("stop") + kDone) {
            bytes += c == '\n' ? std::string(end) : std::string(1, c);
        }
        const auto outcome = read(bytes);
        ASSERT_TRUE(outcome.reply);
        EXPECT_EQ(outcome.reply->content, "a");
    }
}

TEST(ChatStream, PutsTheLinesOfOneEventTogether) {
    const auto outcome = read("data: {\"choices\":[{\"delta\":\ndata:{\"content\":\"a\"}}]}\n\n" + kDone);
    ASSERT_TRUE(outcome.reply);
    EXPECT_EQ(outcome.reply->content, "a");
}

TEST(ChatStream, TellsAnAnswerThatBrokeOffFromAWholeOne) {
    EXPECT_EQ(problemOf(""), ChatProblem::Kind::cut);
    EXPECT_EQ(problemOf(content("half")), ChatProblem::Kind::cut);
    EXPECT_EQ(problemOf(content("half") + "data: {\"choices\":[{\"del"), ChatProblem::Kind::cut);
    EXPECT_TRUE(read(content("whole") + finished("stop")).reply); // not all send [DONE]
    EXPECT_TRUE(read(content("whole") + "data: [DONE]").reply);
    EXPECT_TRUE(read(content("whole") + kDone + "what comes after is not read").reply);
}

TEST(ChatStream, AssemblesToolCallsByTheirIndex) {
    const auto delta = [](std::string_view calls) {
        return event(R"({"choices":[{"delta":{"tool_calls":[)" + std::string(calls) + "]}}]}");
    };
    const auto outcome =
        read(delta(R"({"index":0,"id":"a","function":{"name":"read_file","arguments":""}})") +
             delta(R"({"index":0,"function":{"arguments":"{\"path\":"}})") +
             delta(R"({"index":1,"id":"b","function":{"name":"search","arguments":"{}"}})") +
             delta(R"({"index":0,"function":{"arguments":"\"x\"}"}})") + finished("tool_calls") + kDone);
    ASSERT_TRUE(outcome.reply) << outcome.reply.error().message;
    EXPECT_EQ(outcome.reply->toolCalls,
              (std::vector<ToolCall>{{"a", "read_file", R"({"path":"x"})"}, {"b", "search", "{}"}}));
    EXPECT_EQ(outcome.reply->finish, "tool_calls");
}

TEST(ChatStream, TellsToolCallsApartThatAllHaveOneIndexOrNone) {
    for (const std::string_view index : {R"("index":0,)", ""}) {
        const std::string part(index);
        const auto outcome = read(
            event(R"({"choices":[{"delta":{"tool_calls":[{)" + part +
                  R"("id":"a","function":{"name":"f","arguments":{"x":1}}},{)" + part +
                  R"("id":"b","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls"}]})"));
        ASSERT_TRUE(outcome.reply);
        EXPECT_EQ(outcome.reply->toolCalls,
                  (std::vector<ToolCall>{{"a", "f", R"({"x":1})"}, {"b", "g", "{}"}}));
    }
}

TEST(ChatStream, KeepsThinkingApart) {
    const auto named = read(event(R"({"choices":[{"delta":{"reasoning_content":"hm"}}]})") + content("yes") +
                            finished("stop"));
    ASSERT_TRUE(named.reply);
    EXPECT_EQ(named.reply->reasoning, "hm");
    EXPECT_EQ(named.reply->content, "yes");

    const auto leaked = read(content("\\n<th") + content("ink>hm</thi") + content("nk>\\n\\nyes <think> no") +
                             finished("stop") + kDone);
    ASSERT_TRUE(leaked.reply);
    EXPECT_EQ(leaked.reply->reasoning, "hm");
    EXPECT_EQ(leaked.reply->content, "\n\nyes <think> no");
    EXPECT_EQ(leaked.reasoning, "hm");
    EXPECT_EQ(leaked.content, leaked.reply->content);

    const auto headless = read(content("hm\\n```\\na\\n```\\n</think>\\nyes") + finished("stop"));
    ASSERT_TRUE(headless.reply);
    EXPECT_EQ(headless.reply->content, "yes");
    EXPECT_EQ(headless.reply->reasoning, "hm\n```\na\n```\n");

    const auto file = read(content("```\\n</think>\\n```\\n") + finished("stop"));
    ASSERT_TRUE(file.reply);
    EXPECT_EQ(file.reply->content, "```\n</think>\n```\n");
}

TEST(ChatStream, AnEmptyAnswerIsAFailure) {
    EXPECT_EQ(problemOf(finished("stop") + kDone), ChatProblem::Kind::empty);
    EXPECT_EQ(problemOf(content("<think>hm</think>\\n ") + finished("stop") + kDone),
              ChatProblem::Kind::empty);
    const auto cut = read(content("<think>hm") + finished("length") + kDone);
    ASSERT_FALSE(cut.reply);
    EXPECT_NE(cut.reply.error().message.find("more tokens"), std::string::npos);
}

TEST(ChatStream, ErrorsInsideOfTheStreamEndIt) {
    const auto outcome = read(content("a") + event(R"({"error":{"message":"out of memory"}})") + kDone);
    ASSERT_FALSE(outcome.reply);
    EXPECT_EQ(outcome.reply.error().kind, ChatProblem::Kind::refused);
    EXPECT_NE(outcome.reply.error().message.find("out of memory"), std::string::npos);
    EXPECT_EQ(problemOf("event: error\n" + event(R"({"message":"No models loaded."})")),
              ChatProblem::Kind::noModel);
    EXPECT_EQ(problemOf(event(R"({"error":"The number of tokens exceeds the context length."})")),
              ChatProblem::Kind::tooLong);
    EXPECT_EQ(problemOf(event("no JSON")), ChatProblem::Kind::malformed);
    EXPECT_EQ(problemOf(event("[1]")), ChatProblem::Kind::malformed);
}

TEST(ChatStream, ReadsWhatIsNotCarefullyWritten) {
    const auto outcome = read(content("a\\u0000b\xff") + finished("stop"));
    ASSERT_TRUE(outcome.reply) << outcome.reply.error().message;
    EXPECT_EQ(outcome.reply->content, "a\xef\xbf\xbd"
                                      "b\xef\xbf\xbd");
    const auto second = read(
        event(R"({"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]})") +
        kDone);
    ASSERT_TRUE(second.reply);
    EXPECT_EQ(second.reply->content, "a");
}

TEST(ChatStream, WhatAServerSendsIsBounded) {
    ChatStream line;
    const std::string part(1UL << 20U, 'x');
    bool refused = false;
    for (int i = 0; i < 5 && !refused; ++i) {
        refused = !line.feed(part);
    }
    EXPECT_TRUE(refused);

    ChatStream reply;
    refused = false;
    for (int i = 0; i < 10 && !refused; ++i) {
        refused = !reply.feed(content(part));
    }
    EXPECT_TRUE(refused);
    EXPECT_FALSE(reply.finish());

    std::string calls;
    for (std::size_t i = 0; i <= ChatStream::kMostToolCalls; ++i) {
        calls += (i > 0 ? "," : "") + std::string(R"({"index":)") + std::to_string(i) + "}";
    }
    EXPECT_EQ(problemOf(event(R"({"choices":[{"delta":{"tool_calls":[)" + calls + "]}}]}")),
              ChatProblem::Kind::malformed);
}

TEST(ChatStream, FindsTheWordsOfAServer) {
    EXPECT_EQ(serverWords(R"({"error":{"message":"a\nb"}})"), "a b");
    EXPECT_EQ(serverWords(R"({"error":"c"})"), "c");
    EXPECT_EQ(serverWords(R"({"detail":"d"})"), "d");
    EXPECT_EQ(serverWords("<html>"), "<html>");
    EXPECT_LT(serverWords(std::string(100000, 'x')).size(), 1000U);
}
