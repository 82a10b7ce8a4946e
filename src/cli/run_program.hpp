// Runs another program to its end.
#pragma once

#include "cli/command.hpp"

#include <string>
#include <vector>

namespace compositord::cli {

struct Ran {
    bool well = false; // it ended with status 0
    std::string out;
    std::string err;
};

/// What it prints on its standard error must fit into a pipe, as it is read last.
Outcome<Ran> runProgram(std::vector<std::string> words);

} // namespace compositord::cli
