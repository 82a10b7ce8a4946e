// Prints what a shell is told so that it can complete the command lines of compositord and compositorctl. Run
// when they are built: what there is to complete comes from the tables of options and commands.

#include "base/log_levels.hpp"
#include "cli/command.hpp"
#include "option_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace compositord {

namespace {

/// What values that are called so can be; those that only a running compositord knows are asked of
/// compositorctl.
struct Value {
    std::string_view name;
    std::string_view words; // separated by blanks; empty: see the next two
    bool asked = false;
    bool file = false;
};

std::span<const Value> values() {
    // One may change a level of a category, or of all others.
    static const std::string categories =
        fmt::format("{} {}", fmt::join(kLogCategoryNames, " "), fmt::join(kLogLevelNames, " "));
    static const std::string levels = fmt::format("{}", fmt::join(kLogLevelNames, " "));
    static const std::string levelsOfOne = levels + " default";
    static const std::array all{
        Value{"WINDOW", "", true},
        Value{"CAMERA", "", true},
        Value{"COMPOSITOR", "", true},
        Value{"ID", "", true},
        Value{"TYPE", "", true},
        Value{"FILE", "", false, true},
        Value{"FOLDER", "", false, true},
        Value{"LEVELS", levels},
        Value{"CATEGORY", categories},
        Value{"LEVEL", levelsOfOne},
        Value{"PRIORITY", "low normal high critical"},
        Value{"WHERE", "desktop map nothing"},
        Value{"WHOM", "none remote all"},
    };
    return all;
}

const Value* valueOf(std::string_view name) {
    const auto all = values();
    const auto found = std::ranges::find(all, name, &Value::name);
    return found != all.end() ? &*found : nullptr;
}

/// The first line of a help text, as a word in single quotes of any of the shells.
std::string inQuotes(std::string_view text) {
    std::string result = "'";
    for (const char c : text) {
        if (c == '\n') {
            result += ' ';
        } else if (c == '\'') {
            result += "’"; // the same to a reader, and no shell cares
        } else {
            result += c;
        }
    }
    return result + "'";
}

/// What the arguments of a command are called, one after the other.
std::vector<std::string> argumentsOf(const cli::Command& command) {
    std::vector<std::string> names;
    std::string name;
    for (const char c : std::string(command.arguments) + ' ') {
        if (c == ' ' && !name.empty()) {
            names.push_back(std::exchange(name, {}));
        } else if (c != ' ' && c != '[' && c != ']') {
            name += c;
        }
    }
    return names;
}

struct Word {
    std::string text;
    std::string help;
};

/// The commands of one word, and the groups of the others.
std::vector<Word> firstWords() {
    std::vector<Word> words;
    for (const cli::Command* command : cli::allCommands()) {
        const std::string_view name = command->name;
        const std::size_t space = name.find(' ');
        const std::string first(name.substr(0, space));
        if (space == std::string_view::npos) {
            words.push_back({first, command->summary});
        } else if (words.empty() || words.back().text != first) {
            words.push_back({first, ""});
        } else {
            words.back().help += ", ";
        }
        if (space != std::string_view::npos) {
            words.back().help += name.substr(space + 1);
        }
    }
    return words;
}

std::vector<Word> secondWords(std::string_view group) {
    std::vector<Word> words;
    for (const cli::Command* command : cli::allCommands()) {
        const std::string_view name = command->name;
        if (name.starts_with(std::string(group) + ' ')) {
            words.push_back({std::string(name.substr(group.size() + 1)), command->summary});
        }
    }
    return words;
}

std::vector<const cli::Option*> optionsOf(const cli::Command& command) {
    std::vector<const cli::Option*> options;
    for (const auto group : {std::span<const cli::Option>(command.options), cli::commonOptions()}) {
        for (const cli::Option& option : group) {
            options.push_back(&option);
        }
    }
    return options;
}

// --- bash -------------------------------------------------------------------------------------------------

std::string bashWords(const std::vector<Word>& words) {
    std::string text;
    for (const Word& word : words) {
        text += (text.empty() ? "" : " ") + word.text;
    }
    return text;
}

std::string bashValues() {
    std::string text = "    case $1 in\n";
    for (const Value& value : values()) {
        text += fmt::format("        {})", value.name);
        text += value.file ? " compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$2\") ;;\n"
                : value.asked
                    ? fmt::format(" _compositord_asked {} \"$2\" ;;\n", value.name)
                    : fmt::format(" mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$2\") ;;\n", value.words);
    }
    return text + "    esac\n";
}

// What both programs need: the words without the = that bash takes for one.
constexpr std::string_view kBashCommon = R"sh(_compositord_words() {
    words=() cword=0
    local i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        if [[ ${COMP_WORDS[i]} == = && ${words[-1]:-} == --* ]]; then
            words+=('')
            [[ $i == "$COMP_CWORD" ]] || continue
        elif [[ ${#words[@]} -gt 1 && ${words[-1]} == '' && ${COMP_WORDS[i - 1]} == = ]]; then
            words[-1]=${COMP_WORDS[i]}
        else
            words+=("${COMP_WORDS[i]}")
        fi
    done
    cword=$((${#words[@]} - 1))
}

_compositord_asked() {
    local each
    while IFS=$'\t' read -r each _; do
        printf -v each %q "$each"
        [[ $each != "$2"* ]] || COMPREPLY+=("$each")
    done < <(compositorctl complete "$1" "${words[@]}" 2>/dev/null)
}

)sh";

std::string bashOfControl() {
    std::string text = "# bash completion for compositorctl\n\n";
    text += kBashCommon;
    text += "_compositorctl_value() {\n" + bashValues() + "}\n\n";
    text += "_compositorctl_of() { # what the command has: its options, those of them with values, its "
            "arguments\n"
            "    case $1 in\n";
    for (const cli::Command* command : cli::allCommands()) {
        std::string options;
        std::string values;
        for (const cli::Option* option : optionsOf(*command)) {
            options += fmt::format("{}--{}", options.empty() ? "" : " ", option->name);
            if (option->value != nullptr) {
                values += fmt::format("[--{}]={} ", option->name, inQuotes(option->value));
            }
        }
        text += fmt::format("        '{}') options='{}' values=({}) arguments=({}) ;;\n", command->name,
                            options, values, fmt::join(argumentsOf(*command), " "));
    }
    text += "    esac\n}\n\n";
    text += "_compositorctl() {\n    local words cword cur options='' arguments=() command='' known i\n"
            "    local -A values=()\n    _compositord_words\n    cur=${words[cword]} COMPREPLY=()\n"
            "    if ((cword == 1)); then\n";
    text += fmt::format("        mapfile -t COMPREPLY < <(compgen -W '{} --help --version' -- \"$cur\")\n    "
                        "    return\n    fi\n",
                        bashWords(firstWords()));
    text += "    case ${words[1]} in\n";
    for (const Word& word : firstWords()) {
        if (const auto second = secondWords(word.text); !second.empty()) {
            text += fmt::format("        {}) known='{}' ;;\n", word.text, bashWords(second));
        }
    }
    text += R"sh(        *) known='' ;;
    esac
    if [[ $known && $cword == 2 ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$known --help" -- "$cur")
        return
    fi
    command=${words[1]}${known:+ ${words[2]}}
    _compositorctl_of "$command"
    if [[ ${values[${words[cword - 1]}]:-} ]]; then
        _compositorctl_value "${values[${words[cword - 1]}]}" "$cur"
        return
    fi
    if [[ $cur == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
        return
    fi
    local at=0 first=2
    [[ ! $known ]] || first=3
    for ((i = first; i < cword; i++)); do
        if [[ ${words[i]} == --* ]]; then
            [[ ! ${values[${words[i]}]:-} ]] || ((++i))
        else
            ((++at))
        fi
    done
    _compositorctl_value "${arguments[at]:-}" "$cur"
}
complete -F _compositorctl compositorctl
)sh";
    return text;
}

std::string bashOfDaemon() {
    std::string options;
    std::string cases;
    for (const OptionRow& row : optionTable()) {
        options += fmt::format("{}--{}", options.empty() ? "" : " ", row.name);
        if (row.argument != nullptr) {
            const std::string shorter = hasShortOption(row) ? fmt::format(" | -{}", row.letter) : "";
            cases += fmt::format("        --{}{}) _compositord_value {} \"$cur\"; return ;;\n", row.name,
                                 shorter, row.argument);
        }
    }
    return fmt::format(
        "# bash completion for compositord\n\n{}_compositord_value() {{\n{}}}\n\n"
        "_compositord() {{\n    local words cword cur\n    _compositord_words\n"
        "    cur=${{words[cword]}} COMPREPLY=()\n    case ${{words[cword - 1]}} in\n{}    esac\n"
        "    mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$cur\")\n}}\n"
        "complete -F _compositord compositord\n",
        kBashCommon, bashValues(), cases, options);
}

// --- zsh --------------------------------------------------------------------------------------------------

std::string zshEscaped(std::string_view text) {
    std::string result;
    for (const char c : inQuotes(text)) {
        result += c == '[' || c == ']' || c == ':' ? std::string("\\") + c : std::string(1, c);
    }
    return result.substr(1, result.size() - 2); // between quotes of the caller
}

std::string zshAction(std::string_view name) {
    const Value* value = valueOf(name);
    if (value == nullptr) {
        return " ";
    }
    return value->file    ? "_files"
           : value->asked ? fmt::format(" _compositorctl_asked {}", name) // as it is: nothing is put in
                          : fmt::format("({})", value->words);
}

std::string zshOption(const cli::Option& option) {
    return option.value == nullptr ? fmt::format("'*--{}[{}]'", option.name, zshEscaped(option.help))
                                   : fmt::format("'*--{}=[{}]:{}:{}'", option.name, zshEscaped(option.help),
                                                 option.value, zshAction(option.value));
}

std::string zshDescribed(const std::vector<Word>& words) {
    std::string text;
    for (const Word& word : words) {
        text += fmt::format(" '{}:{}'", word.text, zshEscaped(word.help));
    }
    return text;
}

std::string zshOfControl() {
    std::string text = "#compdef compositorctl\n\n_compositorctl_asked() {\n    local -a known\n"
                       "    known=(${(f)\"$(compositorctl complete $1 ${(Q)words} 2>/dev/null | sed "
                       "'s/:/\\\\:/g; s/\\t/:/')\"})\n"
                       "    _describe -V $1 known\n}\n\n_compositorctl() {\n    local -a known\n"
                       "    if ((CURRENT == 2)); then\n";
    text += fmt::format("        known=({})\n        _describe command known\n        return\n    fi\n",
                        zshDescribed(firstWords()));
    text += "    local command=$words[2]\n    case $command in\n";
    for (const Word& word : firstWords()) {
        if (const auto second = secondWords(word.text); !second.empty()) {
            text += fmt::format(
                "        {})\n            if ((CURRENT == 3)); then\n                known=({})\n"
                "                _describe command known\n                return\n            fi\n"
                "            command+=\" $words[3]\"\n            shift words\n            ((CURRENT--))\n"
                "            ;;\n",
                word.text, zshDescribed(second));
        }
    }
    text += "    esac\n    shift words\n    ((CURRENT--))\n    case $command in\n";
    for (const cli::Command* command : cli::allCommands()) {
        text += fmt::format("        '{}') _arguments -S", command->name);
        for (const cli::Option* option : optionsOf(*command)) {
            text += " " + zshOption(*option);
        }
        for (const std::string& name : argumentsOf(*command)) {
            text += fmt::format(" ':{}:{}'", name, zshAction(name));
        }
        text += " ;;\n";
    }
    return text + "    esac\n}\n\n_compositorctl \"$@\"\n";
}

std::string zshOfDaemon() {
    std::string text = "#compdef compositord\n\n_arguments -S";
    for (const OptionRow& row : optionTable()) {
        const std::string help = zshEscaped(row.help);
        text += row.argument == nullptr ? fmt::format(" \\\n    '--{}[{}]'", row.name, help)
                                        : fmt::format(" \\\n    '*--{}=[{}]:{}:{}'", row.name, help,
                                                      row.argument, zshAction(row.argument));
    }
    return text + "\n";
}

// --- fish -------------------------------------------------------------------------------------------------

std::string fishValue(std::string_view name) {
    const Value* value = valueOf(name);
    if (value == nullptr) {
        return "-x";
    }
    return value->file ? "-r -F"
           : value->asked
               ? fmt::format("-x -a '(compositorctl complete {} (commandline -opc) 2>/dev/null)'", name)
               : fmt::format("-x -a '{}'", value->words);
}

/// The options of any command behind which a value stands.
std::string fishValued() {
    std::set<std::string> options;
    for (const cli::Command* command : cli::allCommands()) {
        for (const cli::Option* option : optionsOf(*command)) {
            if (option->value != nullptr) {
                options.insert(fmt::format("no--{}", option->name));
            }
        }
    }
    return fmt::format("{}", fmt::join(options, " "));
}

std::string fishOfControl() {
    std::string text = R"sh(# fish completion for compositorctl

# Whether the words before the cursor, without options, begin with these, and how many more there may be.
function __compositorctl_at
    set -l words
    set -l value no
    for word in (commandline -opc)[2..]
        switch $value$word
            case 'yes*'
                set value no
            case @valued@
                set value yes
            case 'no-*'
            case '*'
                set -a words $word
        end
    end
    set -l more $argv[1]
    set -l wanted $argv[2..]
    test (count $words) -ge (count $wanted); or return 1
    for i in (seq (count $wanted))
        test $words[$i] = $wanted[$i]; or return 1
    end
    test $more -lt 0; or test (count $words) -eq (math (count $wanted) + $more)
end

complete -c compositorctl -f
)sh";
    constexpr std::string_view place = "@valued@";
    text.replace(text.find(place), place.size(), fishValued());
    for (const Word& word : firstWords()) {
        text += fmt::format("complete -c compositorctl -n '__compositorctl_at 0' -a {} -d {}\n", word.text,
                            inQuotes(word.help));
        for (const Word& second : secondWords(word.text)) {
            text += fmt::format("complete -c compositorctl -n '__compositorctl_at 0 {}' -a {} -d {}\n",
                                word.text, second.text, inQuotes(second.help));
        }
    }
    for (const cli::Command* command : cli::allCommands()) {
        for (const cli::Option* option : optionsOf(*command)) {
            text +=
                fmt::format("complete -c compositorctl -n '__compositorctl_at -1 {}' -l {} {} -d {}\n",
                            command->name, option->name,
                            option->value != nullptr ? fishValue(option->value) : "", inQuotes(option->help));
        }
        int position = 0;
        for (const std::string& name : argumentsOf(*command)) {
            if (const Value* value = valueOf(name)) {
                text += fmt::format("complete -c compositorctl -n '__compositorctl_at {} {}' {}\n", position,
                                    command->name, value->file ? "-F" : fishValue(name));
            }
            ++position;
        }
    }
    return text;
}

std::string fishOfDaemon() {
    std::string text = "# fish completion for compositord\n\ncomplete -c compositord -f\n";
    for (const OptionRow& row : optionTable()) {
        const std::string shorter = hasShortOption(row) ? fmt::format("-s {} ", row.letter) : "";
        text += fmt::format("complete -c compositord {}-l {} {} -d {}\n", shorter, row.name,
                            row.argument != nullptr ? fishValue(row.argument) : "", inQuotes(row.help));
    }
    return text;
}

struct Script {
    std::string_view shell;
    std::string_view program;
    std::string (*text)();
};

constexpr std::array kScripts{
    Script{"bash", "compositorctl", bashOfControl}, Script{"bash", "compositord", bashOfDaemon},
    Script{"zsh", "compositorctl", zshOfControl},   Script{"zsh", "compositord", zshOfDaemon},
    Script{"fish", "compositorctl", fishOfControl}, Script{"fish", "compositord", fishOfDaemon},
};

} // namespace

} // namespace compositord

int main(int argc, char** argv) {
    const std::span words(argv, static_cast<std::size_t>(argc));
    for (const compositord::Script& script : compositord::kScripts) {
        if (words.size() == 3 && script.shell == words[1] && script.program == words[2]) {
            fmt::print("{}", script.text());
            return EXIT_SUCCESS;
        }
    }
    fmt::print(stderr, "Usage: completions bash|zsh|fish compositord|compositorctl\n");
    return EXIT_FAILURE;
}
