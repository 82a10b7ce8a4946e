// Generated code from the command line: tasks, and what is decided about them.

#include "cli/conversation.hpp"
#include "cli/interrupts.hpp"
#include "cli/pager.hpp"
#include "cli/requests.hpp"
#include "cli/table.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <utility>

namespace compositord::cli {

namespace {

constexpr std::size_t kLongestText = 72;
constexpr double kHundred = 100;
constexpr double kThousand = 1000;

/// A conversation, and what it stands on.
struct Line {
    Transport transport;
    Conversation conversation;
};

Outcome<Line> open(const Call& call) {
    auto transport = Transport::find(call);
    if (!transport) {
        return std::unexpected(transport.error());
    }
    auto conversation = Conversation::open(*transport);
    return conversation ? Outcome<Line>(Line{*std::move(transport), *std::move(conversation)})
                        : std::unexpected(conversation.error());
}

Colour colourOf(std::string_view state) {
    return state == "review" || state == "queued" || state == "running" ? Colour::yellow
           : state == "failed"                                          ? Colour::red
           : state == "applied" || state == "done"                      ? Colour::green
                                                                        : Colour::none;
}

std::string titleOf(const json_t* task) {
    const std::string number = textIn(task, "number");
    return plain(number.empty() ? textIn(task, "text") : fmt::format("{} {}", number, textIn(task, "text")));
}

/// Why it is as it is; empty if there is nothing to say.
std::string reasonOf(const json_t* task) {
    const std::string state = textIn(task, "state");
    return plain(state == "failed" ? textIn(task, "error") : state == "open" ? textIn(task, "obstacle") : "");
}

Outcome<Exit> list(const Call& call) {
    auto line = open(call);
    const auto answer = line ? line->conversation.ask("ListCodegen", {}) : std::unexpected(line.error());
    if (!answer) {
        return std::unexpected(answer.error());
    }
    Table table({"TASK", "STATE", "TEXT"});
    for (const json_t* task : listIn(answer->get(), "tasks")) {
        const std::string state = textIn(task, "state");
        const auto wanted = call.value("state");
        if ((wanted && *wanted != state) || (!wanted && !call.has("all") && state == "done") ||
            (!call.arguments.empty() && call.arguments[0] != textIn(task, "change"))) {
            continue;
        }
        if (call.has("json")) {
            fmt::print("{}\n", dump(task));
            continue;
        }
        table.add({{textIn(task, "id"), Colour::bold},
                   {state, colourOf(state)},
                   {cut(titleOf(task), kLongestText), {}}});
    }
    if (call.has("json")) {
        return Exit::done;
    }
    for (const std::string& problem : textsIn(json_object_get(answer->get(), "status"), "problems")) {
        fmt::print(stderr, "{}\n", plain(problem));
    }
    if (!table.empty()) {
        table.print();
    }
    return Exit::done;
}

/// The whole id of a task: as it was given, or the only one that ends so.
Outcome<std::string> taskIn(const Call& call, Line& line) {
    const std::string& given = call.arguments[0];
    const auto answer = line.conversation.ask("ListCodegen", {});
    if (!answer) {
        return std::unexpected(answer.error());
    }
    std::vector<std::string> found;
    for (const json_t* task : listIn(answer->get(), "tasks")) {
        std::string id = textIn(task, "id");
        if (id == given) {
            return id;
        }
        if (id.ends_with("/" + given)) {
            found.push_back(std::move(id));
        }
    }
    if (found.size() > 1) {
        return problem(Exit::failed, fmt::format("{} may be {}", given, fmt::join(found, " or ")));
    }
    return found.empty() ? problem(Exit::failed, fmt::format("there is no task {}; see compositorctl codegen "
                                                             "list",
                                                             given))
                         : Outcome<std::string>(found.front());
}

void tell(const json_t* task, bool json) {
    if (json) {
        fmt::print("{}\n", dump(task));
    } else {
        const std::string reason = reasonOf(task);
        const std::string state = textIn(task, "state");
        fmt::print("{}: {}{}{}\n", plain(textIn(task, "id")), in(colourOf(state), state),
                   reason.empty() ? "" : ": ", reason);
    }
    static_cast<void>(std::fflush(stdout));
}

/// Tells what changes about tasks until `onTask` says how it ends, or Ctrl-C.
Outcome<Exit> followTasks(Line& line, const std::function<std::optional<Exit>(const json_t*)>& onTask) {
    const auto interrupts = takeInterrupts();
    const auto answer =
        interrupts ? line.conversation.ask("FollowCodegen", {}) : std::unexpected(interrupts.error());
    if (!answer) {
        return std::unexpected(answer.error());
    }
    std::optional<Exit> end;
    const auto tellAll = [&](const json_t* message) {
        for (const json_t* task : listIn(message, "tasks")) {
            end = end ? end : onTask(task);
        }
    };
    tellAll(answer->get());
    const auto onMessage = [&](const std::string& text) {
        const auto json = parse(text);
        if (json && textIn(json->get(), "type") == "CodegenUpdate") {
            tellAll(json->get());
        }
    };
    auto read = line.conversation.readKept(onMessage);
    while (read && !end) {
        const Ready ready = waitFor(line.conversation.fd(), interrupts->get());
        if (ready.interrupted) {
            return Exit::cancelled;
        }
        if (ready.readable) {
            read = line.conversation.read(onMessage);
        }
    }
    return read ? Outcome<Exit>(end.value_or(Exit::done)) : std::unexpected(read.error());
}

Outcome<Exit> watch(const Call& call) {
    auto line = open(call);
    if (!line) {
        return std::unexpected(line.error());
    }
    return followTasks(*line, [&](const json_t* task) -> std::optional<Exit> {
        const std::string state = textIn(task, "state");
        if (state != "done" && (state != "open" || !textIn(task, "session").empty())) {
            tell(task, call.has("json"));
        }
        return std::nullopt;
    });
}

Outcome<Exit> run(const Call& call) {
    auto line = open(call);
    const auto id = line ? taskIn(call, *line) : std::unexpected(line.error());
    const auto answer =
        id ? line->conversation.ask("RunCodegen", [&](JsonWriter& out) { out.member("task", *id); })
           : std::unexpected(id.error());
    if (!answer) {
        return std::unexpected(answer.error());
    }
    const std::string session = textIn(json_object_get(answer->get(), "task"), "session");
    if (call.has("detach")) {
        fmt::print("{}\n", call.has("json") ? dump(json_object_get(answer->get(), "task")) : session);
        return Exit::done;
    }
    if (!call.has("json")) {
        fmt::print(stderr, "compositorctl sessions watch {} shows what it says\n", session);
    }
    std::string last;
    return followTasks(*line, [&](const json_t* task) -> std::optional<Exit> {
        const std::string state = textIn(task, "state");
        if (textIn(task, "id") != *id || state == last) {
            return std::nullopt;
        }
        last = state;
        tell(task, call.has("json"));
        if (state == "review") {
            fmt::print(stderr, "compositorctl codegen review {} shows the changes\n", *id);
        }
        return state == "queued" || state == "running" ? std::nullopt
               : state == "failed" || state == "open"  ? std::optional(Exit::failed)
                                                       : std::optional(Exit::done);
    });
}

/// All that somebody wants to know who has to decide.
std::string picture(const json_t* details, bool colours) {
    const json_t* task = json_object_get(details, "task");
    std::string text = fmt::format("{}\n{}: {}", in(Colour::bold, titleOf(task), colours),
                                   plain(textIn(task, "id")), textIn(task, "state"));
    for (const char* name : {"model", "branch", "commit"}) {
        const std::string value = plain(textIn(task, name));
        text += value.empty() ? "" : fmt::format(", {} {}", name, value);
    }
    text += '\n';
    if (const std::string reason = reasonOf(task); !reason.empty()) {
        text += reason + '\n';
    }
    for (const json_t* check : listIn(details, "checks")) {
        const bool passed = numberIn(check, "status") == 0;
        text += fmt::format("{} {} ({:.1f} s)\n",
                            in(passed ? Colour::green : Colour::red, passed ? "passed" : "failed", colours),
                            plain(textIn(check, "name")), numberIn(check, "milliseconds") / kThousand);
    }
    if (const std::string path = textIn(details, "evidencePath"); !path.empty()) {
        text += fmt::format("proof: {}\n", plain(path));
    }
    const std::string diff = textIn(details, "diff");
    text += diff.empty() ? "there are no changes\n" : "\n" + colourDiff(diff, colours);
    return text + (flagIn(details, "cut") ? "… the rest is left out\n" : "");
}

Outcome<Exit> review(const Call& call) {
    auto line = open(call);
    const auto id = line ? taskIn(call, *line) : std::unexpected(line.error());
    const auto answer =
        id ? line->conversation.ask("ShowCodegen", [&](JsonWriter& out) { out.member("task", *id); })
           : std::unexpected(id.error());
    if (!answer) {
        return std::unexpected(answer.error());
    }
    if (call.has("json")) {
        fmt::print("{}\n", dump(answer->get()));
    } else {
        page(picture(answer->get(), coloured()));
    }
    return Exit::done;
}

template <const char* const& Type> Outcome<Exit> decide(const Call& call) {
    auto line = open(call);
    const auto id = line ? taskIn(call, *line) : std::unexpected(line.error());
    const auto answer = id ? line->conversation.ask(Type, [&](JsonWriter& out) { out.member("task", *id); })
                           : std::unexpected(id.error());
    if (!answer) {
        return std::unexpected(answer.error());
    }
    tell(json_object_get(answer->get(), "task"), call.has("json"));
    return Exit::done;
}

Outcome<Exit> report(const Call& call) {
    auto line = open(call);
    const auto answer = line ? line->conversation.ask("ReportCodegen", {}) : std::unexpected(line.error());
    if (!answer) {
        return std::unexpected(answer.error());
    }
    Table table({"MODEL", "RUNS", "PROVEN", "APPLIED", "REVERTED", "ROUNDS", "TOKENS", "TIME"});
    for (const json_t* model : listIn(answer->get(), "models")) {
        if (call.has("json")) {
            fmt::print("{}\n", dump(model));
            continue;
        }
        const auto number = [&](const char* name) { return fmt::format("{}", numberIn(model, name)); };
        const double time =
            numberIn(model, "preparing") + numberIn(model, "asking") + numberIn(model, "checking");
        table.add(
            {{textIn(model, "model"), Colour::bold},
             {number("runs"), {}},
             {fmt::format("{} ({:.0f} %)", number("proven"), kHundred * numberIn(model, "successRate")), {}},
             {number("applied"), {}},
             {number("reverted"), {}},
             {number("rounds"), {}},
             {fmt::format("{}", numberIn(model, "tokensIn") + numberIn(model, "tokensOut")), {}},
             {fmt::format("{:.0f} s", time / kThousand), {}}});
    }
    if (call.has("json")) {
        return Exit::done;
    }
    if (table.empty()) {
        fmt::print("no model has worked on a task yet\n");
    } else {
        table.print();
    }
    return Exit::done;
}

constexpr const char* kApply = "ApplyCodegen";
constexpr const char* kDiscard = "DiscardCodegen";
constexpr const char* kRevert = "RevertCodegen";

} // namespace

std::span<const Command> codegenCommands() {
    static const std::array commands{
        Command{"codegen list",
                "[CHANGE]",
                "the tasks of OpenSpec changes, and how they stand",
                0,
                1,
                {{"state", "STATE", "only open, queued, running, review, applied, failed or done ones"},
                 {"all", nullptr, "those too that somebody else has ticked"}},
                list},
        Command{"codegen run",
                "TASK",
                "have a model work on a task; ends when that is to be reviewed, or failed",
                1,
                1,
                {{"detach", nullptr, "print the session's id and leave it alone"}},
                run},
        Command{"codegen watch", "", "what changes about the tasks, until Ctrl-C", 0, 0, {}, watch},
        Command{"codegen review",
                "TASK",
                "the changes for a task as a diff, and what proves them",
                1,
                1,
                {},
                review},
        Command{
            "codegen apply", "TASK", "apply reviewed changes, and tick the task", 1, 1, {}, decide<kApply>},
        Command{"codegen discard", "TASK", "drop the changes for a task", 1, 1, {}, decide<kDiscard>},
        Command{"codegen revert", "TASK", "take back what was applied for a task", 1, 1, {}, decide<kRevert>},
        Command{"codegen report", "", "what came of the work of each model", 0, 0, {}, report},
    };
    return commands;
}

} // namespace compositord::cli
