// Prints, as scdoc, what man pages say about options, settings and commands: it comes from the tables that
// the programs themselves run by, so that the two never differ. Only the build runs this.

#include "base/log_levels.hpp"
#include "cli/command.hpp"
#include "option_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace compositord {

namespace {

/// What scdoc would take for markup, it prints.
std::string plain(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (std::string_view("\\*_#-.`~").contains(c)) {
            escaped += '\\';
        }
        escaped += c == '\n' ? ' ' : c;
    }
    return escaped;
}

std::string entry(const std::string& head, const std::string& text) {
    return fmt::format("{}\n\t{}\n\n", head, text);
}

std::string options() {
    std::string text;
    for (const OptionRow& row : optionTable()) {
        const std::string value = row.argument != nullptr ? fmt::format("=_{}_", plain(row.argument)) : "";
        const std::string shorter = hasShortOption(row) ? fmt::format("*-{}*, ", row.letter) : "";
        text += entry(fmt::format("{}*--{}*{}", shorter, plain(row.name), value), plain(row.help));
    }
    return text;
}

/// What may stand behind the name of a setting.
std::string valueOf(const OptionRow& row) {
    switch (row.kind) {
    case OptionRow::Kind::list:
    case OptionRow::Kind::paths:
    case OptionRow::Kind::words:
        return fmt::format("_{0}_ or [_{0}_, ...]", plain(row.argument));
    case OptionRow::Kind::flag:
        return "true or false";
    case OptionRow::Kind::word:
    case OptionRow::Kind::path:
    case OptionRow::Kind::action:
        break;
    }
    return fmt::format("_{}_", plain(row.argument));
}

std::string settings() {
    std::string text;
    for (const OptionRow& row : optionTable()) {
        if (row.kind != OptionRow::Kind::action) {
            text += entry(fmt::format("*{}:* {}", plain(row.name), valueOf(row)),
                          plain(row.help) + (row.live ? "; a reload takes a change over" : ""));
        }
    }
    return text;
}

std::string commandOptions(std::span<const cli::Option> options, std::string_view indent) {
    std::string text;
    for (const cli::Option& option : options) {
        const std::string value = option.value != nullptr ? fmt::format("=_{}_", plain(option.value)) : "";
        text +=
            fmt::format("{0}*--{1}*{2}\n{0}\t{3}\n\n", indent, plain(option.name), value, plain(option.help));
    }
    return text;
}

std::string commands() {
    std::string text;
    for (const cli::Command* command : cli::allCommands()) {
        const std::string arguments =
            *command->arguments != '\0' ? fmt::format(" {}", plain(command->arguments)) : "";
        text += entry(fmt::format("*{}*{}", plain(command->name), arguments), plain(command->summary));
        text += commandOptions(command->options, "\t");
    }
    return text;
}

std::string exits() {
    std::string text;
    for (const cli::ExitMeaning& each : cli::kExits) {
        text += entry(fmt::format("*{}*", std::to_underlying(each.exit)), plain(each.meaning));
    }
    return text;
}

std::string common() {
    return commandOptions(cli::commonOptions(), "");
}

std::string categories() {
    std::string text;
    for (const std::string_view name : kLogCategoryNames) {
        text += fmt::format("{}_{}_", text.empty() ? "" : ", ", plain(name));
    }
    return text + "\n\n";
}

struct Part {
    std::string_view line; // of the page, in its place
    std::string (*text)();
};

constexpr std::array kParts{
    Part{"@options@", options},       Part{"@settings@", settings}, Part{"@commands@", commands},
    Part{"@categories@", categories}, Part{"@common@", common},     Part{"@exits@", exits},
};

} // namespace

/// The page with its parts filled in.
std::string filled(std::istream& page) {
    std::string text;
    for (std::string line; std::getline(page, line);) {
        const auto* const part = std::ranges::find(kParts, std::string_view(line), &Part::line);
        text += part != kParts.end() ? part->text() : line + '\n';
    }
    return text;
}

} // namespace compositord

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "Usage: manual PAGE.scd\n");
        return EXIT_FAILURE;
    }
    std::ifstream page(argv[1]);
    if (!page) {
        fmt::print(stderr, "manual: cannot read {}\n", argv[1]);
        return EXIT_FAILURE;
    }
    fmt::print("{}", compositord::filled(page));
    return EXIT_SUCCESS;
}
