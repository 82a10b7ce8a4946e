// The way from a task to code that passes its checks, as a state machine: it says what is to be done next,
// and is told what came of it. It asks nobody itself, so that a test can play all parts.
//
//   ask → (tools → ask)* → write → check → finish, or back to ask with what is wrong
#pragma once

#include "codegen/answer.hpp"
#include "codegen/chat_request.hpp"

#include <cstddef>
#include <expected>
#include <string>
#include <variant>
#include <vector>

namespace compositord {

/// What one call of a tool gave, in words for the model.
struct ToolOutcome {
    bool ok = false;
    bool wrote = false; // it has changed a file
    std::string text;
};

/// What the checks say of the files as they are.
struct CheckReport {
    bool passed = false;
    std::size_t problems = 0; // how many
    std::string text;         // about them, for the model
};

class CodegenRun {
public:
    struct Settings {
        unsigned rounds = 6;        // of answers that are checked
        unsigned patience = 2;      // rounds in a row in which nothing gets better
        unsigned toolTurns = 40;    // answers that only call tools, in all
        std::size_t budget = 98304; // bytes of all that is said to the model at once
    };

    // What is to be done next.

    struct Ask {
        ChatRequest request;
    };

    struct UseTools {
        std::vector<ToolCall> calls; // answer with onTools(), one outcome for each
    };

    struct Write {
        std::vector<FileEdit> edits; // answer with onWritten()
    };

    struct Check {}; // answer with onChecked()

    struct Finish {
        bool ok = false;
        std::string reason; // if it is not ok
    };

    using Action = std::variant<Ask, UseTools, Write, Check, Finish>;

    /// `system` and `prompt` are never left out of what is said.
    CodegenRun(Settings settings, std::string system, std::string prompt, std::vector<ToolDescription> tools);

    Action begin();
    Action onReply(std::expected<ChatReply, ChatProblem> reply);
    Action onTools(const std::vector<ToolOutcome>& outcomes);

    /// `problems`: why not all could be written; then nothing was.
    Action onWritten(const std::vector<std::string>& problems);
    Action onChecked(const CheckReport& report);

    /// That are over.
    unsigned round() const { return round_; }

    const ChatUsage& usage() const { return usage_; }

private:
    Action ask();
    Action onAnswer(const ChatReply& reply);
    Action repair(std::string feedback, std::size_t problems);
    Action finish(std::string reason);
    std::size_t sizeOfTalk() const;
    void forget();

    Settings settings_;
    std::vector<ToolDescription> tools_;
    std::vector<ChatMessage> talk_;                   // the first two are system and prompt
    std::vector<ToolCall> calls_;                     // that wait for their outcomes
    std::vector<std::string> feedback_;               // of all rounds
    std::size_t best_ = static_cast<std::size_t>(-1); // the fewest problems so far
    unsigned round_ = 0;
    unsigned toolTurns_ = 0;
    unsigned worse_ = 0; // rounds in a row without anything better
    bool wrote_ = false; // tools have changed files that no check has seen
    ChatUsage usage_;
};

} // namespace compositord
