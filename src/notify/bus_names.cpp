#include "notify/bus_names.hpp"

#include <systemd/sd-bus.h>

#include <cstdlib>
#include <memory>

namespace compositord::bus {

namespace {

struct Free {
    void operator()(char* text) const {
        std::free(text); // NOLINT(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): made by C
    }
};

using CString = std::unique_ptr<char, Free>;

} // namespace

std::string pathOf(const SessionId& id) {
    char* made = nullptr;
    sd_bus_path_encode(kSessionsPath, id.c_str(), &made);
    const CString path(made);
    return path ? path.get() : kSessionsPath;
}

std::optional<SessionId> sessionAt(const char* path) {
    char* made = nullptr;
    if (sd_bus_path_decode(path, kSessionsPath, &made) <= 0) {
        return std::nullopt;
    }
    const CString id(made);
    return *id == '\0' ? std::nullopt : std::optional<SessionId>(id.get());
}

} // namespace compositord::bus
