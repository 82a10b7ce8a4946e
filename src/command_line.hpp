// The command line.
#pragma once

#include "base/error.hpp"
#include "settings.hpp"

#include <optional>
#include <span>
#include <string>

namespace compositord {

struct CommandLine {
    SettingTexts settings;
    std::optional<std::string> config; // the file to read instead of the usual ones
    bool checkConfig = false;
    bool help = false;
    bool version = false;
};

/// `arguments` as main() gets them, with the program's name first. An error tells what was wrong and how to
/// get help; what values mean is not looked at yet.
Result<CommandLine> parseCommandLine(std::span<char*> arguments);

std::string helpText();

} // namespace compositord
