// What things are called on the bus. data/dbus/org.geometryos.Compositord1.xml describes them; a test
// compares it with what is really there.
#pragma once

#include "world/session.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace compositord::bus {

inline constexpr const char* kName = "org.geometryos.Compositord1";
inline constexpr const char* kRoot = "/org/geometryos/Compositord1";
inline constexpr const char* kSessionsPath = "/org/geometryos/Compositord1/session";
inline constexpr const char* kManager = "org.geometryos.Compositord1.Manager";
inline constexpr const char* kSession = "org.geometryos.Compositord1.Session";
inline constexpr const char* kCodegen = "org.geometryos.Compositord1.Codegen";

// Where systemctl looks, whatever the service.
inline constexpr const char* kLogControlPath = "/org/freedesktop/LogControl1";
inline constexpr const char* kLogControl = "org.freedesktop.LogControl1";

inline constexpr const char* kNoSuchSession = "org.geometryos.Compositord1.Error.NoSuchSession";
inline constexpr const char* kNoSuchType = "org.geometryos.Compositord1.Error.NoSuchType";
inline constexpr const char* kNoSuchChoice = "org.geometryos.Compositord1.Error.NoSuchChoice";
inline constexpr const char* kNoSuchTask = "org.geometryos.Compositord1.Error.NoSuchTask";
inline constexpr const char* kInvalidArgument = "org.geometryos.Compositord1.Error.InvalidArgument";
inline constexpr const char* kInvalidSettings = "org.geometryos.Compositord1.Error.InvalidSettings";
inline constexpr const char* kBusy = "org.geometryos.Compositord1.Error.Busy";
inline constexpr const char* kRefused = "org.geometryos.Compositord1.Error.Refused";

/// The object of a session.
std::string pathOf(const SessionId& id);

/// The session of an object; nothing if the path is none of a session's.
std::optional<SessionId> sessionAt(const char* path);

} // namespace compositord::bus
