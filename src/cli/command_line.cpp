// Finds the command in the tables, and does it.

#include "cli/command.hpp"
#include "cli/complete.hpp"
#include "config.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <utility>

namespace compositord::cli {

namespace {

constexpr std::size_t kColumn = 28;

std::string row(const std::string& left, std::string_view right) {
    return left.size() + 2 < kColumn ? fmt::format("  {:<{}}{}\n", left, kColumn, right)
                                     : fmt::format("  {}\n{:{}}{}\n", left, "", kColumn + 2, right);
}

std::string rows(std::span<const Option> options) {
    std::string text;
    for (const Option& option : options) {
        text += row(option.value != nullptr ? fmt::format("--{}={}", option.name, option.value)
                                            : fmt::format("--{}", option.name),
                    option.help);
    }
    return text;
}

void printHelp() {
    std::string text =
        "Usage: compositorctl COMMAND [OPTION]... [ARGUMENT]...\n"
        "Tell a running compositord what to do, over the user's bus or its control socket.\n\n";
    for (const Command* command : allCommands()) {
        text += row(titleOf(*command), command->summary);
    }
    text += "\nEvery command has:\n" + rows(commonOptions());
    text += "\nExit status:\n";
    for (const ExitMeaning& each : kExits) {
        text += row(fmt::format("{}", std::to_underlying(each.exit)), each.meaning);
    }
    fmt::print("{}", text);
}

void printHelp(const Command& command) {
    fmt::print("Usage: compositorctl {}\n{}\n\n{}{}", titleOf(command), command.summary,
               rows(command.options), rows(commonOptions()));
}

/// Of a group of commands. False if there is none.
bool printHelp(std::string_view group) {
    std::string text;
    for (const Command* command : allCommands()) {
        if (std::string_view(command->name).starts_with(fmt::format("{} ", group))) {
            text += row(titleOf(*command), command->summary);
        }
    }
    fmt::print("{}", text.empty() ? "" : fmt::format("Usage: compositorctl {} COMMAND\n\n{}", group, text));
    return !text.empty();
}

/// The command that the first words name, and how many these are.
std::pair<const Command*, std::size_t> find(std::span<char*> words) {
    for (const std::size_t count : {2, 1}) {
        if (words.size() < count) {
            continue;
        }
        const std::string name = count == 2 ? fmt::format("{} {}", words[0], words[1]) : words[0];
        for (const Command* command : allCommands()) {
            if (name == command->name) {
                return {command, count};
            }
        }
    }
    return {nullptr, 0};
}

/// What is said of words that name no command.
std::string noCommand(std::span<char*> words) {
    if (words.empty()) {
        return "a command is needed";
    }
    const std::string first = words[0];
    std::vector<std::string> groups;
    std::vector<std::string> inGroup;
    for (const Command* command : allCommands()) {
        const std::string_view name = command->name;
        const std::size_t space = name.find(' ');
        if (space != std::string_view::npos && name.substr(0, space) == first) {
            inGroup.emplace_back(name.substr(space + 1));
        }
        if (const std::string group(name.substr(0, space)); groups.empty() || groups.back() != group) {
            groups.push_back(group);
        }
    }
    if (inGroup.empty()) {
        const std::string meant = nearest(first, groups);
        return fmt::format("there is no command {}{}", first,
                           meant.empty() ? "" : fmt::format("; {} is one", meant));
    }
    if (words.size() == 1 || words[1][0] == '-') {
        return fmt::format("{} needs one of {} behind it", first, fmt::join(inGroup, ", "));
    }
    const std::string meant = nearest(words[1], inGroup);
    return fmt::format("there is no command {} {}; {}", first, words[1],
                       meant.empty() ? fmt::format("there are {}", fmt::join(inGroup, ", "))
                                     : fmt::format("{} {} is one", first, meant));
}

Exit complain(const Problem& problem, std::string_view seeAlso) {
    fmt::print(stderr, "compositorctl: {}{}\n", problem.words,
               problem.exit == Exit::usage ? fmt::format("; see compositorctl {}--help", seeAlso) : "");
    return problem.exit;
}

} // namespace

std::span<const Option> commonOptions() {
    static constexpr std::array options{
        Option{"json", nullptr, "print JSON, one value in a line"},
        Option{"bus", "ADDRESS", "the bus where compositord is (default the user's)"},
        Option{"socket", "FILE", "the socket where it is, instead of the bus"},
        Option{"help", nullptr, "print what the command does"},
    };
    return options;
}

std::vector<const Command*> allCommands() {
    std::vector<const Command*> all;
    for (const auto group : {stateCommands(), watchCommands(), cameraCommands(), windowCommands(),
                             tileCommands(), sessionCommands(), codegenCommands(), wallpaperCommands(),
                             configCommands(), logCommands(), debugCommands()}) {
        for (const Command& command : group) {
            all.push_back(&command);
        }
    }
    return all;
}

std::string titleOf(const Command& command) {
    return fmt::format("{}{}{}", command.name, *command.arguments != '\0' ? " " : "", command.arguments);
}

Exit runCommandLine(std::span<char*> words) {
    const auto behind = words.subspan(1);
    const std::string_view first = behind.empty() ? "" : behind[0];
    if (first == "--help" || first == "-h" || first == "help") {
        printHelp();
        return Exit::done;
    }
    if (first == "--version" || first == "-V") {
        fmt::print("compositorctl {}\n", kVersion);
        return Exit::done;
    }
    if (first == "complete" && behind.size() >= 2) { // for shells
        printCandidates(behind[1], behind.subspan(2));
        return Exit::done;
    }
    const auto [command, count] = find(behind);
    if (command == nullptr && behind.size() > 1 && std::string_view(behind[1]) == "--help" &&
        printHelp(first)) {
        return Exit::done;
    }
    if (command == nullptr) {
        return complain({Exit::usage, noCommand(behind)}, "");
    }
    const auto call = readCall(*command, behind.subspan(count));
    const std::string seeAlso = fmt::format("{} ", command->name);
    if (!call) {
        return complain(call.error(), seeAlso);
    }
    if (call->has("help")) {
        printHelp(*command);
        return Exit::done;
    }
    const auto outcome = command->run(*call);
    return outcome ? *outcome : complain(outcome.error(), seeAlso);
}

} // namespace compositord::cli
