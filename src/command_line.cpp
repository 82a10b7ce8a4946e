#include "command_line.hpp"

#include "option_table.hpp"

#include <fmt/format.h>

#include <getopt.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace compositord {

namespace {

using Kind = OptionRow::Kind;

constexpr std::size_t kHelpColumn = 31;

std::unexpected<Error> wrong(std::string what) {
    return failure(0, std::move(what) + "; see compositord --help");
}

std::string unknown(std::string_view given) {
    const std::string_view name = given.substr(std::min(given.find_first_not_of('-'), given.size()));
    const std::string_view near = nearestOption(name.substr(0, name.find('=')));
    return fmt::format("there is no option {}{}", printable(given),
                       near.empty() ? "" : fmt::format("; is --{} meant?", near));
}

void act(CommandLine& line, CompositorText& compositor, const OptionRow& row, const std::string& argument) {
    const std::string_view name = row.name;
    if (name == "config") {
        line.config = argument;
    } else if (name == "check-config") {
        line.checkConfig = true;
    } else if (name == "protocol" || name == "address" || name == "name") {
        compositor.members[std::string(name)] = {{argument}, ""};
    } else if (name == "help") {
        line.help = true;
    } else {
        line.version = true;
    }
}

void set(CommandLine& line, const OptionRow& row, const std::string& argument) {
    SettingText& text = line.settings[row.name];
    if (row.kind != Kind::list && row.kind != Kind::paths) {
        text.values.clear();
    }
    text.values.push_back(row.kind == Kind::flag ? kTrue : argument);
}

/// The compositor that was described takes what else is meant for it.
void add(CommandLine& line, CompositorText compositor) {
    const auto protocol = compositor.members.find("protocol");
    const bool hasPort = protocol != compositor.members.end() &&
                         protocol->second.values.front() != "wayland" &&
                         protocol->second.values.front() != "unix";
    for (const char* const name : {"port", "driver"}) {
        const auto found = line.settings.find(name);
        if (found != line.settings.end() && (hasPort || found->first == "driver")) {
            compositor.members[name] = {found->second.values, ""};
            line.settings.erase(found);
        }
    }
    line.settings[kCompositors].compositors.push_back(std::move(compositor));
}

} // namespace

Result<CommandLine> parseCommandLine(std::span<char*> arguments) {
    const auto table = optionTable();
    std::vector<option> longOptions(table.size() + 1);
    std::string shortOptions = ":"; // errors are reported here, not by getopt
    for (std::size_t i = 0; i < table.size(); ++i) {
        const bool takesArgument = table[i].argument != nullptr;
        longOptions[i] = {table[i].name, takesArgument ? required_argument : no_argument, nullptr,
                          table[i].letter};
        if (hasShortOption(table[i])) {
            shortOptions += table[i].letter;
            shortOptions += takesArgument ? ":" : "";
        }
    }

    CommandLine line;
    CompositorText compositor;
    optind = 0; // from the start, also when called again
    const auto count = static_cast<int>(arguments.size());
    for (;;) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
        const int letter =
            getopt_long(count, arguments.data(), shortOptions.c_str(), longOptions.data(), nullptr);
        if (letter == -1) {
            break;
        }
        if (letter == ':' || letter == '?') {
            const char* given = arguments[static_cast<std::size_t>(optind) - 1];
            return wrong(letter == ':' ? fmt::format("{} needs an argument", given) : unknown(given));
        }
        const auto row = std::ranges::find(table, static_cast<char>(letter), &OptionRow::letter);
        const std::string argument = optarg != nullptr ? optarg : "";
        if (row->kind == Kind::action) {
            act(line, compositor, *row, argument);
        } else {
            set(line, *row, argument);
        }
    }
    if (optind < count) {
        return wrong(
            fmt::format("unexpected argument {}", printable(arguments[static_cast<std::size_t>(optind)])));
    }
    if (!compositor.members.empty()) {
        add(line, std::move(compositor));
    }
    return line;
}

std::string helpText() {
    std::string text = "Usage: compositord [OPTION]...\n"
                       "Mirror a Wayland compositor to web pages, live.\n\n";
    for (const OptionRow& option : optionTable()) {
        const std::string name =
            option.argument != nullptr ? fmt::format("{}={}", option.name, option.argument) : option.name;
        const std::string head = hasShortOption(option) ? fmt::format("  -{}, --{}", option.letter, name)
                                                        : fmt::format("      --{}", name);
        // What is too long has its text in the next line.
        text += head.size() < kHelpColumn ? fmt::format("{:<{}}", head, kHelpColumn)
                                          : fmt::format("{}\n{:{}}", head, "", kHelpColumn);
        for (const char c : std::string_view(option.help)) {
            text += c == '\n' ? fmt::format("\n{:{}}", "", kHelpColumn) : std::string(1, c);
        }
        text += '\n';
    }
    text += "\nSettings are read from compositord/compositord.yaml in /etc/xdg and in $XDG_CONFIG_HOME, and "
            "from\n"
            "*.yaml in compositord.yaml.d beside it; a line such as \"port: 8765\" is the option --port. "
            "What is\n"
            "said here wins. SIGHUP has them read again.\n";
    text +=
        "\nWhere the settings have a list of compositors, those are mirrored. Otherwise\n"
        "the compositor is the one whose connection is inherited (WAYLAND_SOCKET), else the one that\n"
        "WAYLAND_DISPLAY names; compositord waits for it while it is absent. What it can do most with is\n"
        "a compositor that offers infinite_map_v1 to it, of which WAYLAND_DEBUG=1 shows what the two say to\n"
        "each other. Where that is not offered, it speaks to driftwm, niri or sway, if the socket of one is\n"
        "there (DRIFTWM_SOCKET, NIRI_SOCKET, SWAYSOCK), else to any compositor that has a list of "
        "toplevels.\n";
    return text;
}

} // namespace compositord
