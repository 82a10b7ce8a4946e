// Reads options and arguments. Not getopt(3): here a word like -12.5 is a number, of which maps are full.

#include "base/nearest.hpp"
#include "cli/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace compositord::cli {

namespace {

bool isNumber(std::string_view word) {
    return word.size() > 1 && (std::isdigit(static_cast<unsigned char>(word[1])) != 0 || word[1] == '.');
}

/// The command's own options, then those of all.
std::vector<const Option*> optionsOf(const Command& command) {
    std::vector<const Option*> options;
    for (const auto group : {std::span<const Option>(command.options), commonOptions()}) {
        for (const Option& option : group) {
            options.push_back(&option);
        }
    }
    return options;
}

std::unexpected<Problem> unknown(std::string_view word, const std::vector<const Option*>& options) {
    std::vector<std::string> names;
    names.reserve(options.size());
    for (const Option* option : options) {
        names.push_back(fmt::format("--{}", option->name));
    }
    const std::string meant = nearest(word, names);
    return problem(Exit::usage, fmt::format("{} is no option of this command{}", word,
                                            meant.empty() ? "" : fmt::format("; {} is one", meant)));
}

} // namespace

std::string nearest(std::string_view name, std::span<const std::string> names) {
    const std::vector<std::string_view> known(names.begin(), names.end());
    return std::string(compositord::nearest(name, known));
}

Outcome<Call> readCall(const Command& command, std::span<char*> words) {
    const auto options = optionsOf(command);
    Call call;
    bool onlyArguments = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (onlyArguments || !word.starts_with('-') || word.size() < 2 || isNumber(word)) {
            call.arguments.emplace_back(word);
            continue;
        }
        if (word == "--") {
            onlyArguments = true;
            continue;
        }
        const std::size_t sign = word.find('=');
        const std::string_view name = word == "-h" ? "--help" : word.substr(0, sign);
        const auto found = std::ranges::find_if(options, [&](const Option* option) {
            return name.starts_with("--") && name.substr(2) == option->name;
        });
        if (found == options.end()) {
            return unknown(name, options);
        }
        const Option& option = **found;
        if (option.value == nullptr && sign != std::string_view::npos) {
            return problem(Exit::usage, fmt::format("{} has no value", name));
        }
        if (option.value != nullptr && sign == std::string_view::npos && ++i == words.size()) {
            return problem(Exit::usage, fmt::format("{} needs a value", name));
        }
        call.options.emplace(option.name, option.value == nullptr          ? ""
                                          : sign != std::string_view::npos ? word.substr(sign + 1)
                                                                           : std::string_view(words[i]));
    }
    const std::size_t given = call.arguments.size();
    if (!call.has("help") && (given < command.least || given > command.most)) {
        return problem(Exit::usage, given < command.least ? "something is missing" : "there is too much");
    }
    return call;
}

} // namespace compositord::cli
