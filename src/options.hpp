// The command line.
#pragma once

#include "base/error.hpp"
#include "base/log.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace compositord {

struct Options {
    std::string listen = "127.0.0.1";
    std::uint16_t port = 8765;
    std::string webRoot;
    std::vector<std::string> allowedOrigins;
    bool allowInput = false;
    bool allowInspect = false;
    std::optional<std::string> manifest;           // none: the usual place
    std::string bricks;                            // empty: the manifest's folder
    std::chrono::milliseconds manifestDelay{1000}; // how long the file may lack a change
    LogLevel logLevel = LogLevel::info;
    bool help = false;
    bool version = false;
};

/// `arguments` as main() gets them, with the program's name first. An error tells what was wrong and how to
/// get help.
Result<Options> parseOptions(std::span<char*> arguments);

std::string helpText();

} // namespace compositord
