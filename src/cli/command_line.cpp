// Finds the command in the tables, and reads what is behind it.

#include "cli/command.hpp"
#include "config.hpp"

#include <fmt/format.h>

#include <getopt.h>

#include <cstdio>
#include <utility>

namespace compositord::cli {

namespace {

constexpr std::size_t kColumn = 28;

// Every command has these.
constexpr Option kEverywhere[]{
    {"json", nullptr, "print JSON, one value in a line"},
    {"bus", "ADDRESS", "the bus where compositord is (default the user's)"},
    {"help", nullptr, "print what the command does"},
};

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
    std::string text = "Usage: compositorctl COMMAND [OPTION]... [ARGUMENT]...\n"
                       "Tell a running compositord what to do, over the user's bus.\n\n";
    for (const Command* command : allCommands()) {
        text += row(titleOf(*command), command->summary);
    }
    text += "\nEvery command has:\n" + rows(kEverywhere);
    text += "\nExit status:\n";
    for (const ExitMeaning& each : kExits) {
        text += row(fmt::format("{}", std::to_underlying(each.exit)), each.meaning);
    }
    fmt::print("{}", text);
}

void printHelp(const Command& command) {
    fmt::print("Usage: compositorctl {}\n{}\n\n{}{}", titleOf(command), command.summary,
               rows(command.options), rows(kEverywhere));
}

Outcome<Call> read(const Command& command, std::span<char*> words) {
    std::vector<option> known;
    std::vector<const Option*> meant;
    for (const std::span<const Option> options :
         {std::span<const Option>(command.options), std::span<const Option>(kEverywhere)}) {
        for (const Option& each : options) {
            known.push_back({each.name, each.value != nullptr ? required_argument : no_argument, nullptr, 0});
            meant.push_back(&each);
        }
    }
    known.push_back({});
    Call call;
    optind = 0; // from the start
    opterr = 0;
    const auto count = static_cast<int>(words.size());
    int index = 0;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
    for (int code = 0; (code = getopt_long(count, words.data(), ":", known.data(), &index)) != -1;) {
        if (code != 0) {
            const char* given = words[static_cast<std::size_t>(optind) - 1];
            return problem(
                Exit::usage,
                fmt::format("{} {}", given, code == ':' ? "needs a value" : "is no option of this command"));
        }
        call.options.emplace(meant[static_cast<std::size_t>(index)]->name, optarg != nullptr ? optarg : "");
    }
    call.arguments.assign(words.begin() + optind, words.end());
    const std::size_t given = call.arguments.size();
    if (!call.has("help") && (given < command.least || given > command.most)) {
        return problem(Exit::usage, given < command.least ? "something is missing" : "there is too much");
    }
    return call;
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

Exit complain(const Problem& problem, std::string_view seeAlso) {
    fmt::print(stderr, "compositorctl: {}{}\n", problem.words,
               problem.exit == Exit::usage ? fmt::format("; see compositorctl {}--help", seeAlso) : "");
    return problem.exit;
}

} // namespace

std::vector<const Command*> allCommands() {
    std::vector<const Command*> all;
    for (const auto group : {wallpaperCommands(), sessionCommands()}) {
        for (const Command& command : group) {
            all.push_back(&command);
        }
    }
    return all;
}

std::span<const Option> commonOptions() {
    return kEverywhere;
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
    const auto [command, count] = find(behind);
    if (command == nullptr) {
        return complain({Exit::usage, first.empty() ? "a command is needed"
                                                    : fmt::format("there is no command {}", first)},
                        "");
    }
    const auto call = read(*command, behind.subspan(count - 1));
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
