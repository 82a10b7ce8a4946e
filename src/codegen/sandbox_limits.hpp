// Limits of checks as a user writes them.
#pragma once

#include "codegen/sandbox.hpp"

#include <map>
#include <string>

namespace compositord {

/// Reads "check_seconds", "check_memory" (MiB) and "check_processes", those that there are. An error names
/// the setting.
Result<> parseSandboxLimits(const std::map<std::string, std::string>& settings, SandboxLimits& limits);

} // namespace compositord
