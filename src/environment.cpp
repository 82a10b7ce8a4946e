#include "environment.hpp"

#include <fmt/format.h>

#include <fcntl.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <ranges>
#include <string_view>

namespace compositord {

namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): one thread
    return value != nullptr ? value : "";
}

/// What the variable says, else a place in the user's home; a relative one is no answer.
std::string userFolder(const char* name, const char* inHome) {
    std::string folder = variable(name);
    if (!folder.starts_with('/')) {
        const std::string home = variable("HOME");
        folder = home.starts_with('/') ? home + inHome : "";
    }
    return folder;
}

/// Where the user's bus is, or would be.
std::string busAddress(const std::string& runtimeDir) {
    std::string address = variable("DBUS_SESSION_BUS_ADDRESS");
    if (!address.empty() || runtimeDir.empty()) {
        return address;
    }
    std::string escaped = "unix:path=";
    for (const char c : runtimeDir + "/bus") {
        const bool plain =
            std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-_/.").contains(c);
        escaped += plain ? std::string(1, c) : fmt::format("%{:02x}", static_cast<unsigned char>(c));
    }
    return escaped;
}

Result<UniqueFd> takeWaylandSocket() {
    const std::string text = variable("WAYLAND_SOCKET");
    unsetenv("WAYLAND_SOCKET"); // NOLINT(concurrency-mt-unsafe): one thread
    if (text.empty()) {
        return UniqueFd();
    }
    int fd = -1;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), fd);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || fd < 0) {
        return failure(EINVAL, "WAYLAND_SOCKET is not the number of a descriptor", text);
    }
    const int flags = fcntl(fd, F_GETFD);
    if (flags < 0 || fcntl(fd, F_SETFD, flags | FD_CLOEXEC) < 0) {
        return failure(errno, "WAYLAND_SOCKET names a descriptor that is not open", text);
    }
    return UniqueFd(fd);
}

} // namespace

Result<Environment> takeEnvironment() {
    Environment environment;
    auto socket = takeWaylandSocket();
    if (!socket) {
        return std::unexpected(socket.error());
    }
    environment.runtimeDir = variable("XDG_RUNTIME_DIR");
    CompositorPlaces& places = environment.compositor;
    places.waylandSocket = std::move(*socket);
    places.waylandDisplay = variable("WAYLAND_DISPLAY");
    places.runtimeDir = environment.runtimeDir;
    places.swaySocket = variable("SWAYSOCK");
    places.niriSocket = variable("NIRI_SOCKET");
    environment.credentialsDir = variable("CREDENTIALS_DIRECTORY");
    environment.stateDir = userFolder("XDG_STATE_HOME", "/.local/state");
    environment.busAddress = busAddress(environment.runtimeDir);
    environment.configDir = userFolder("XDG_CONFIG_HOME", "/.config");
    places.driftwmSocket = variable("DRIFTWM_SOCKET");
    if (!places.waylandSocket) {
        if (places.waylandDisplay.empty()) {
            places.waylandDisplay = "wayland-0"; // what libwayland falls back to
        }
        if (environment.runtimeDir.empty() && !places.waylandDisplay.starts_with('/')) {
            return failure(0,
                           "XDG_RUNTIME_DIR is not set, so there is no way to find the compositor's socket");
        }
    }
    if (places.driftwmSocket.empty() && !places.runtimeDir.empty()) {
        places.driftwmSocket = driftwmSocketOf(places.runtimeDir, places.waylandDisplay);
    }
    return environment;
}

std::vector<std::filesystem::path> configFolders() {
    std::vector<std::filesystem::path> folders;
    std::string list = variable("XDG_CONFIG_DIRS");
    if (list.empty()) {
        list = "/etc/xdg";
    }
    for (const auto part : std::views::split(list, ':')) {
        std::filesystem::path folder(std::string_view(part.begin(), part.end()));
        if (folder.is_absolute()) {
            folders.push_back(std::move(folder));
        }
    }
    std::ranges::reverse(folders);
    if (const std::string own = userFolder("XDG_CONFIG_HOME", "/.config"); !own.empty()) {
        folders.emplace_back(own);
    }
    return folders;
}

std::filesystem::path homeFolder() {
    return variable("HOME");
}

} // namespace compositord
