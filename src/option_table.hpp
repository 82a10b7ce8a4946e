// Every setting there is: one table for the command line, the file of settings, --help, and what is checked.
#pragma once

#include "options.hpp"

#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace compositord {

struct OptionRow {
    enum class Kind {
        word,
        path,  // in a file: relative to its folder, or ~/…
        list,  // may be given several times
        paths, // the same, of paths
        words, // separated by commas
        flag,  // true or false
        action // for the command line alone
    };

    char letter; // below a blank: there is no short option
    const char* name;
    const char* argument; // what --help calls it; null: there is none
    const char* help;
    Kind kind;
    bool live; // taken over by a reload, without a restart
    /// Called once for each value. The error says what the value must be.
    std::expected<void, std::string> (*set)(Options& options, const std::string& value);
};

constexpr bool hasShortOption(const OptionRow& row) {
    return row.letter > ' ';
}

/// The value of a flag that is set.
inline constexpr const char* kTrue = "true";

/// In the order of --help.
std::span<const OptionRow> optionTable();

/// Null if there is none of this name.
const OptionRow* findOption(std::string_view name);

/// The name of the setting that was probably meant; empty if none is near.
std::string_view nearestOption(std::string_view name);

} // namespace compositord
