// What compositors are known: those of data/compositors.json, which is part of this program, and those of the
// user's compositors.json, which come beside them or, by the same name, in their place.
#pragma once

#include "base/error.hpp"
#include "compositor/drivers.hpp"
#include "world/capabilities.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

struct KnownCompositor {
    std::string name;
    std::string version; // with which it was tried; empty: with a stand-in alone
    DriverKind driver{};
    std::string protocol;    // of the settings
    std::string environment; // the variable that says where its socket is; may be empty
    std::string folder;      // of its socket, below $XDG_RUNTIME_DIR; empty: that itself
    std::string socket;      // a pattern for its file name; may be empty
    Capabilities capabilities;

    bool operator==(const KnownCompositor&) const = default;
};

/// The error names the member that is wrong, and the compositor.
std::expected<std::vector<KnownCompositor>, std::string> parseKnownCompositors(std::string_view text);

/// Ours, and those of the user's file if there is one. What is wrong with that is said with the file's name.
Result<std::vector<KnownCompositor>> knownCompositors(const std::filesystem::path& usersFile);

/// Whose socket this is, by its name; nothing if nobody's is called so.
std::optional<DriverKind> driverOfSocket(const std::vector<KnownCompositor>& known,
                                         const std::filesystem::path& socket);

/// As a list of JSON.
std::string toJson(const std::vector<KnownCompositor>& known);

} // namespace compositord
