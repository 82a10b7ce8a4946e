#include "codegen/codegen_run.hpp"

#include <gtest/gtest.h>

#include <string>

using namespace compositord;

namespace {

using Action = CodegenRun::Action;

constexpr const char* kFile = "```rust path=a.rs\nfn a() {}\n```";

CodegenRun makeRun(CodegenRun::Settings settings = {}) {
    return {settings, "system", "the task", {{"read_file", "reads", "{}"}}};
}

ChatReply words(std::string content, std::string finish = "stop") {
    return {.content = std::move(content), .usage = ChatUsage{10, 2}, .finish = std::move(finish)};
}

ChatReply calling(std::string id) {
    return {.toolCalls = {{std::move(id), "read_file", R"({"path":"a.rs"})"}}, .finish = "tool_calls"};
}

template <class T> const T& as(const Action& action) {
    EXPECT_TRUE(std::holds_alternative<T>(action)) << "it is action " << action.index();
    return std::get<T>(action);
}

std::string lastOf(const Action& action) {
    return as<CodegenRun::Ask>(action).request.messages.back().content;
}

} // namespace

TEST(CodegenRun, RightAtOnce) {
    CodegenRun run = makeRun();
    const Action begun = run.begin();
    const ChatRequest& request = as<CodegenRun::Ask>(begun).request;
    ASSERT_EQ(request.messages.size(), 2U);
    EXPECT_EQ(request.tools.size(), 1U);
    const Action wanted = run.onReply(words(kFile));
    const auto& edits = as<CodegenRun::Write>(wanted).edits;
    EXPECT_EQ(edits, (std::vector<FileEdit>{{"a.rs", FileEdit::Kind::write, "fn a() {}\n"}}));
    as<CodegenRun::Check>(run.onWritten({}));
    const Action end = run.onChecked({.passed = true});
    EXPECT_TRUE(as<CodegenRun::Finish>(end).ok);
    EXPECT_EQ(run.round(), 1U);
    EXPECT_EQ(run.usage(), (ChatUsage{10, 2}));
}

TEST(CodegenRun, WhatFailsComesBackUntilItIsRight) {
    CodegenRun run = makeRun();
    run.begin();
    run.onReply(words(kFile));
    run.onWritten({});
    EXPECT_NE(lastOf(run.onChecked({.problems = 2, .text = "error[E0308]: mismatched types"})).find("E0308"),
              std::string::npos);
    run.onReply(words(kFile));
    run.onWritten({});
    EXPECT_TRUE(as<CodegenRun::Finish>(run.onChecked({.passed = true})).ok);
    EXPECT_EQ(run.round(), 2U);
}

TEST(CodegenRun, NothingIsOkThatNoCheckHasSeen) {
    CodegenRun run = makeRun();
    run.begin();
    // Prose, broken answers, refused files and errors of the server never end well.
    EXPECT_NE(lastOf(run.onReply(words("It is done already."))).find("no fenced block"), std::string::npos);
    EXPECT_NE(lastOf(run.onReply(words("```rust path=../x\n```"))).find("cannot be used"), std::string::npos);
    EXPECT_FALSE(as<CodegenRun::Finish>(run.onReply(std::unexpected(
                                            ChatProblem{ChatProblem::Kind::cut, "the connection ended"})))
                     .ok);
}

TEST(CodegenRun, GivesUpWhenNothingGetsBetter) {
    CodegenRun run = makeRun({.rounds = 100, .patience = 2});
    run.begin();
    Action action = CodegenRun::Check{};
    const std::vector<std::size_t> problems{5, 3, 4, 3};
    for (const std::size_t count : problems) {
        run.onReply(words(kFile));
        run.onWritten({});
        action = run.onChecked({.problems = count, .text = std::to_string(run.round()) + " wrong"});
    }
    EXPECT_NE(as<CodegenRun::Finish>(action).reason.find("nothing got better in 2 rounds"),
              std::string::npos);
    EXPECT_EQ(run.round(), 4U);
}

TEST(CodegenRun, GivesUpAfterItsRounds) {
    CodegenRun run = makeRun({.rounds = 3, .patience = 100});
    run.begin();
    Action action = CodegenRun::Check{};
    for (int i = 0; i < 3; ++i) {
        action = run.onReply(words("prose"));
    }
    const auto& end = as<CodegenRun::Finish>(action);
    EXPECT_FALSE(end.ok);
    EXPECT_NE(end.reason.find("not right after 3 rounds"), std::string::npos);
    EXPECT_NE(end.reason.find("no fenced block"), std::string::npos);
}

TEST(CodegenRun, AnAnswerThatWasCutIsNotWritten) {
    CodegenRun run = makeRun();
    run.begin();
    EXPECT_NE(lastOf(run.onReply(words(kFile, "length"))).find("unified diffs"), std::string::npos);
    EXPECT_NE(lastOf(run.onReply(std::unexpected(ChatProblem{ChatProblem::Kind::empty, "empty"})))
                  .find("Your answer was empty"),
              std::string::npos);
}

TEST(CodegenRun, ToolsAreUsedAndTheirOutcomesTold) {
    CodegenRun run = makeRun();
    run.begin();
    const Action action = run.onReply(calling("c1"));
    ASSERT_EQ(as<CodegenRun::UseTools>(action).calls.size(), 1U);
    const Action asked = run.onTools({{.ok = false, .text = "there is no such file"}});
    const auto& messages = as<CodegenRun::Ask>(asked).request.messages;
    ASSERT_EQ(messages.size(), 4U);
    EXPECT_EQ(messages[2].toolCalls.at(0).id, "c1");
    EXPECT_EQ(messages[3].answers, "c1");
    EXPECT_EQ(messages[3].content, "Error: there is no such file");
    // Words alone are an answer only after a tool has written something.
    as<CodegenRun::Ask>(run.onReply(words("Done.")));
    run.onReply(calling("c2"));
    run.onTools({{.ok = true, .wrote = true, .text = "written"}});
    as<CodegenRun::Check>(run.onReply(words("Done.")));
    as<CodegenRun::Ask>(run.onChecked({.problems = 1, .text = "no"}));
    as<CodegenRun::Ask>(run.onReply(words("Done.")));
}

TEST(CodegenRun, ToolsWithoutEndEndIt) {
    CodegenRun run = makeRun({.toolTurns = 3});
    run.begin();
    for (int i = 0; i < 3; ++i) {
        as<CodegenRun::UseTools>(run.onReply(calling("c")));
        run.onTools({{.ok = true, .text = "text"}});
    }
    EXPECT_NE(as<CodegenRun::Finish>(run.onReply(calling("c"))).reason.find("came to no end"),
              std::string::npos);
}

TEST(CodegenRun, TheOldestIsForgottenButNeverTheTaskNorTheLastExchange) {
    CodegenRun run = makeRun({.toolTurns = 100, .budget = 3000});
    run.begin();
    Action action = CodegenRun::Check{};
    for (int i = 0; i < 20; ++i) {
        run.onReply(calling("c" + std::to_string(i)));
        action = run.onTools({{.ok = true, .text = std::string(900, 'x')}});
        const auto& messages = as<CodegenRun::Ask>(action).request.messages;
        EXPECT_EQ(messages[1].content, "the task");
        EXPECT_EQ(messages.back().answers, "c" + std::to_string(i));
        EXPECT_LE(messages.size(), 8U);
        // Each outcome has its call before it.
        for (std::size_t at = 2; at < messages.size(); at += 2) {
            EXPECT_EQ(messages[at].toolCalls.at(0).id, messages[at + 1].answers);
        }
    }
}

TEST(CodegenRun, AContextThatIsTooShortIsAnsweredByForgetting) {
    CodegenRun run = makeRun({.toolTurns = 100, .budget = 100000});
    run.begin();
    for (int i = 0; i < 10; ++i) {
        run.onReply(calling("c" + std::to_string(i)));
        run.onTools({{.ok = true, .text = std::string(5000, 'x')}});
    }
    const auto tooLong = [&] {
        return run.onReply(std::unexpected(ChatProblem{ChatProblem::Kind::tooLong, "too long"}));
    };
    const Action shorter = tooLong();
    EXPECT_LT(as<CodegenRun::Ask>(shorter).request.messages.size(), 14U);
    Action action = shorter;
    int tries = 0;
    while (std::holds_alternative<CodegenRun::Ask>(action)) {
        action = tooLong();
        ASSERT_LT(++tries, 10);
    }
    EXPECT_EQ(as<CodegenRun::Finish>(action).reason, "too long");
}
