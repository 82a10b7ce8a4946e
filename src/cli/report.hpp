// What a report of a fault needs, in one file.
#pragma once

#include "cli/command.hpp"

namespace compositord::cli {

/// Also where compositord does not run: then without what only it knows.
Outcome<Exit> report(const Call& call);

} // namespace compositord::cli
