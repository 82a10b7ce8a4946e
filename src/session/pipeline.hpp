// What a type of session runs: named steps one after the other, described in a file. Only these files name
// programs; what a client says fills the places that they leave for it.
#pragma once

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/log.hpp"
#include "world/session_service.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

/// What stands for what in a step's texts: "{name}" becomes the value of `name`.
using PlaceholderValues = std::map<std::string, std::string>;

struct Step {
    enum class Output : std::uint8_t {
        text,  // all of it is output
        events // one JSON object per line tells of progress, tool calls and so on; see command_step.hpp
    };

    std::string name;
    double weight = 1;
    std::chrono::milliseconds timeout{0}; // 0: that of the pipeline
    // Either a command or the name of something that this program does itself.
    std::vector<std::string> command;
    std::string builtin;
    std::map<std::string, std::string> settings; // for the builtin
    std::map<std::string, std::string> environment;
    std::string folder; // to work in
    std::string input;  // for the command to read
    Output output = Output::text;
    bool stays = false; // the command outlives the session; see staying_step.hpp
    bool asks = false;  // the command offers choices, and reads from its input which one was made
};

struct Pipeline {
    std::string name; // of the file, and of the type of session
    std::string description;
    std::vector<SessionType::Parameter> parameters;
    std::chrono::milliseconds timeout{3600000};
    std::vector<Step> steps; // at least one
};

/// Reads a description. What it does not know it refuses: a word misspelt is a setting that is not there.
Result<Pipeline> parsePipeline(std::string name, std::string_view text);

/// All descriptions in these folders, each a file NAME.json; of two with one name that of the later folder.
/// One that is wrong, or that others than this user and root could have written, is left out and logged.
std::map<std::string, Pipeline> loadPipelines(const std::vector<std::filesystem::path>& folders,
                                              const Log& log);

/// The text with its places filled in. A place that nothing is known for stays as it is.
std::string fill(std::string_view text, const PlaceholderValues& values);

/// The same for the words of a command. Nobody's value becomes an option: one that begins a word with "-" is
/// refused, unless the command has the word "--" before.
Result<std::vector<std::string>> fillCommand(const std::vector<std::string>& command,
                                             const PlaceholderValues& values);

} // namespace compositord
