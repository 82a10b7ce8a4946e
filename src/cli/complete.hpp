// What a shell may complete that only a running compositord knows.
#pragma once

#include "cli/command.hpp"

#include <span>
#include <string_view>

namespace compositord::cli {

/// A line for each value of a kind, with a tab and words about it behind. Nothing if compositord does not
/// run: it is not started for that.
/// The words are the command line as far as it is written, which may say which compositord or compositor is
/// meant.
void printCandidates(std::string_view kind, std::span<char*> words);

} // namespace compositord::cli
