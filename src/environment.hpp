// What the program inherits: how to reach the compositor, and secrets.
#pragma once

#include "base/error.hpp"
#include "compositor/drivers.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace compositord {

struct Environment {
    CompositorPlaces compositor; // its waylandSocket is not passed on to children
    std::string runtimeDir;      // may be empty if the compositor can be reached without it
    std::string credentialsDir;  // where the service manager puts secrets; may be empty
    std::string stateDir;        // of the user's programs; empty if nothing says where that is
    std::string configDir;       // the same
    std::string busAddress;      // of the user's bus; the same
};

/// Takes WAYLAND_SOCKET out of the environment, so that no child mistakes the connection for its own.
Result<Environment> takeEnvironment();

/// Where settings are (XDG Base Directory Specification), the most important folder last.
std::vector<std::filesystem::path> configFolders();

std::filesystem::path homeFolder();

} // namespace compositord
