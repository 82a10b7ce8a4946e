#include "codegen/codegen_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace compositord {

namespace {

// With less there is no room for an answer's files beside the task.
constexpr std::size_t kLeastBudget = 4096;

// An answer that cannot be read or written is worse than any that compiles with errors.
constexpr std::size_t kNotEvenWritten = std::numeric_limits<std::size_t>::max() - 1;

std::size_t sizeOf(const ChatMessage& message) {
    std::size_t size = message.content.size();
    for (const ToolCall& call : message.toolCalls) {
        size += call.name.size() + call.arguments.size();
    }
    return size;
}

} // namespace

CodegenRun::CodegenRun(Settings settings, std::string system, std::string prompt,
                       std::vector<ToolDescription> tools)
    : settings_(settings), tools_(std::move(tools)),
      talk_{{.role = ChatMessage::Role::system, .content = std::move(system)},
            {.role = ChatMessage::Role::user, .content = std::move(prompt)}} {}

CodegenRun::Action CodegenRun::begin() {
    return ask();
}

std::size_t CodegenRun::sizeOfTalk() const {
    std::size_t size = 0;
    for (const ChatMessage& message : talk_) {
        size += sizeOf(message);
    }
    return size;
}

void CodegenRun::forget() {
    // The oldest answer goes with all that came back for it: an outcome without its call is refused by
    // servers. The last exchange stays: it is what the model has to go on with.
    constexpr std::size_t kept = 2;
    while (sizeOfTalk() > settings_.budget) {
        const auto isAnswer = [](const ChatMessage& message) {
            return message.role == ChatMessage::Role::assistant;
        };
        const auto first = std::find_if(talk_.begin() + kept, talk_.end(), isAnswer);
        const auto second = first == talk_.end() ? first : std::find_if(first + 1, talk_.end(), isAnswer);
        if (second == talk_.end()) {
            return;
        }
        talk_.erase(first, second);
    }
}

CodegenRun::Action CodegenRun::ask() {
    forget();
    return Ask{{.messages = talk_, .tools = tools_}};
}

CodegenRun::Action CodegenRun::finish(std::string reason) {
    return Finish{.ok = reason.empty(), .reason = std::move(reason)};
}

CodegenRun::Action CodegenRun::onReply(std::expected<ChatReply, ChatProblem> reply) {
    if (!reply) {
        const ChatProblem& problem = reply.error();
        if (problem.kind == ChatProblem::Kind::tooLong) {
            const std::size_t before = sizeOfTalk();
            settings_.budget = std::min(settings_.budget, before) / 2;
            forget();
            if (sizeOfTalk() < before && settings_.budget >= kLeastBudget) {
                return ask();
            }
        }
        if (problem.kind == ChatProblem::Kind::empty) {
            return repair("Your answer was empty. Answer with the files.", kNotEvenWritten);
        }
        return finish(problem.message);
    }
    if (reply->usage) {
        usage_.promptTokens += reply->usage->promptTokens;
        usage_.completionTokens += reply->usage->completionTokens;
    }
    talk_.push_back(
        {.role = ChatMessage::Role::assistant, .content = reply->content, .toolCalls = reply->toolCalls});
    if (reply->toolCalls.empty()) {
        return onAnswer(*reply);
    }
    if (++toolTurns_ > settings_.toolTurns) {
        return finish(fmt::format("the model called tools {} times and came to no end", settings_.toolTurns));
    }
    calls_ = std::move(reply->toolCalls);
    return UseTools{calls_};
}

CodegenRun::Action CodegenRun::onAnswer(const ChatReply& reply) {
    if (reply.cutShort()) {
        return repair(
            "Your answer was cut because it was too long; nothing of it was taken. Give unified diffs "
            "instead of whole files, or fewer files at a time.",
            kNotEvenWritten);
    }
    auto answer = parseAnswer(reply.content);
    if (answer) {
        return Write{std::move(answer->edits)};
    }
    // Words after tools that wrote: it is done, it says.
    if (wrote_ && !reply.content.contains("```") && !reply.content.contains("~~~")) {
        return Check{};
    }
    return repair(fmt::format("Nothing of your answer was taken:\n- {}", fmt::join(answer.error(), "\n- ")),
                  kNotEvenWritten);
}

CodegenRun::Action CodegenRun::onTools(const std::vector<ToolOutcome>& outcomes) {
    const auto calls = std::exchange(calls_, {});
    for (std::size_t i = 0; i < calls.size(); ++i) {
        const ToolOutcome missing{.text = "not done"};
        const ToolOutcome& outcome = i < outcomes.size() ? outcomes[i] : missing;
        wrote_ = wrote_ || outcome.wrote;
        talk_.push_back({.role = ChatMessage::Role::tool,
                         .content = outcome.ok ? outcome.text : "Error: " + outcome.text,
                         .answers = calls[i].id});
    }
    return ask();
}

CodegenRun::Action CodegenRun::onWritten(const std::vector<std::string>& problems) {
    if (problems.empty()) {
        return Check{};
    }
    return repair(fmt::format("Nothing of your answer was written:\n- {}", fmt::join(problems, "\n- ")),
                  kNotEvenWritten);
}

CodegenRun::Action CodegenRun::onChecked(const CheckReport& report) {
    wrote_ = false;
    if (report.passed) {
        ++round_;
        return finish("");
    }
    return repair("The checks fail. Correct the files and answer with those that change.\n\n" + report.text,
                  report.problems);
}

CodegenRun::Action CodegenRun::repair(std::string feedback, std::size_t problems) {
    ++round_;
    const bool known = std::ranges::find(feedback_, feedback) != feedback_.end();
    worse_ = !known && problems < best_ ? 0 : worse_ + 1;
    best_ = std::min(best_, problems);
    feedback_.push_back(feedback);
    if (round_ >= settings_.rounds) {
        return finish(fmt::format("not right after {} rounds; the last one: {}", round_, feedback));
    }
    if (worse_ >= settings_.patience) {
        return finish(fmt::format("nothing got better in {} rounds; the last one: {}", worse_, feedback));
    }
    talk_.push_back({.role = ChatMessage::Role::user, .content = std::move(feedback)});
    return ask();
}

} // namespace compositord
