// Runs git in one repository and waits for it: for a worker's thread, not for the loop's.
#pragma once

#include "base/error.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace compositord {

class Git {
public:
    struct Options {
        std::string input;                    // of its standard input
        std::vector<std::string> environment; // NAME=value, beside the usual
        bool mayFail = false;                 // status 1 is an answer: no output
    };

    explicit Git(std::filesystem::path repository) : repository_(std::move(repository)) {}

    /// What it prints. Hooks, file system monitors, pagers, editors and questions are off. An error holds the
    /// end of what git said. Takes a minute at most.
    Result<std::string> run(const std::vector<std::string>& arguments, const Options& options) const;

    Result<std::string> run(const std::vector<std::string>& arguments) const { return run(arguments, {}); }

    /// The same without white space at the end: for one line.
    Result<std::string> line(const std::vector<std::string>& arguments) const;

    const std::filesystem::path& repository() const { return repository_; }

private:
    std::filesystem::path repository_;
};

} // namespace compositord
