#include "compositor/wayland_globals.hpp"

#include "compositor/wayland_handles.hpp"

#include <poll.h>

#include <cerrno>
#include <chrono>

namespace compositord {

namespace {

constexpr std::chrono::milliseconds kLongest{1000};

struct Listing {
    std::set<std::string> names;
    bool complete = false;
};

constexpr wl_registry_listener kRegistryListener = {
    .global = [](void* data, wl_registry*, std::uint32_t, const char* interface,
                 std::uint32_t) { static_cast<Listing*>(data)->names.emplace(interface); },
    .global_remove = [](void*, wl_registry*, std::uint32_t) {},
};

constexpr wl_callback_listener kListedListener = {
    .done = [](void* data, wl_callback*, std::uint32_t) { static_cast<Listing*>(data)->complete = true; },
};

} // namespace

Result<std::set<std::string>> listGlobals(const std::string& display) {
    using Clock = std::chrono::steady_clock;
    const WaylandHandle<wl_display> connection(wl_display_connect(display.c_str()));
    if (!connection) {
        return failure(errno, "cannot connect to the Wayland compositor", display);
    }
    Listing listing;
    const WaylandHandle<wl_registry> registry(wl_display_get_registry(connection.get()));
    wl_registry_add_listener(registry.get(), &kRegistryListener, &listing);
    const WaylandHandle<wl_callback> listed(wl_display_sync(connection.get()));
    wl_callback_add_listener(listed.get(), &kListedListener, &listing);
    wl_display_flush(connection.get());
    const auto end = Clock::now() + kLongest;
    while (!listing.complete) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        pollfd waiting{.fd = wl_display_get_fd(connection.get()), .events = POLLIN, .revents = 0};
        if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) == 0) {
            return failure(ETIMEDOUT, "the compositor does not say what it offers", display);
        }
        if (wl_display_dispatch(connection.get()) < 0) {
            return failure(errno, "the compositor does not say what it offers", display);
        }
    }
    return std::move(listing.names);
}

} // namespace compositord
