// What compositorctl can be told to do: tables of commands, one for each group of them.
#pragma once

#include <array>
#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace compositord::cli {

/// How the program ends.
enum class Exit : int {
    done = 0,
    failed = 1,
    usage = 2,
    absent = 3,
    cancelled = 130 // as shells have it
};

struct ExitMeaning {
    Exit exit;
    const char* meaning;
};

/// As --help and the man page list them.
inline constexpr std::array kExits{
    ExitMeaning{Exit::done, "it is done"},
    ExitMeaning{Exit::failed, "it failed, or compositord refused it"},
    ExitMeaning{Exit::usage, "the command line is wrong"},
    ExitMeaning{Exit::absent, "compositord cannot be reached"},
    ExitMeaning{Exit::cancelled, "it was cancelled by Ctrl-C"},
};

/// Why a command cannot be done, for a person.
struct Problem {
    Exit exit = Exit::failed;
    std::string words;
};

template <class T = void> using Outcome = std::expected<T, Problem>;

inline std::unexpected<Problem> problem(Exit exit, std::string words) {
    return std::unexpected(Problem{exit, std::move(words)});
}

struct Option {
    const char* name;  // without --
    const char* value; // what its value is called; null: it has none
    const char* help;
};

/// A command with what was said behind it.
struct Call {
    std::vector<std::string> arguments;
    std::multimap<std::string, std::string> options;

    bool has(const std::string& name) const { return options.contains(name); }

    std::optional<std::string> value(const std::string& name) const {
        const auto found = options.find(name);
        return found != options.end() ? std::optional(found->second) : std::nullopt;
    }
};

struct Command {
    const char* name;      // one or two words
    const char* arguments; // as usage shows them
    const char* summary;   // in a line
    std::size_t least;     // arguments
    std::size_t most;
    std::vector<Option> options;
    Outcome<Exit> (*run)(const Call& call);
};

std::span<const Command> stateCommands();
std::span<const Command> cameraCommands();
std::span<const Command> windowCommands();
std::span<const Command> tileCommands();
std::span<const Command> watchCommands();
std::span<const Command> configCommands();
std::span<const Command> logCommands();
std::span<const Command> debugCommands();
std::span<const Command> sessionCommands();
std::span<const Command> codegenCommands();
std::span<const Command> wallpaperCommands();

/// All of them, in the order of --help.
std::vector<const Command*> allCommands();

/// Options that every command has.
std::span<const Option> commonOptions();

/// The name with its arguments, as usage shows it.
std::string titleOf(const Command& command);

/// Reads what is behind a command's name.
Outcome<Call> readCall(const Command& command, std::span<char*> words);

/// The name that somebody may have meant; empty if none is near.
std::string nearest(std::string_view name, std::span<const std::string> names);

/// Does what the command line says.
Exit runCommandLine(std::span<char*> words);

} // namespace compositord::cli
