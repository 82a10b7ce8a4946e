// What a shell may complete that only a running compositord knows.
#pragma once

#include "cli/command.hpp"

#include <string_view>

namespace compositord::cli {

/// A line for each value of a kind, with a tab and words about it behind. Nothing if compositord does not
/// run: it is not started for that.
void printCandidates(std::string_view kind);

} // namespace compositord::cli
