// Owning handles of Wayland objects, and the one way from a listener's void* to an object.
#pragma once

#include <wayland-client.h>

#include <ext-foreign-toplevel-list-v1-client-protocol.h>
#include <infinite-map-v1-client-protocol.h>
#include <wlr-foreign-toplevel-management-unstable-v1-client-protocol.h>

#include <memory>

namespace compositord {

struct WaylandDeleter {
    void operator()(wl_display* display) const { wl_display_disconnect(display); }

    void operator()(wl_registry* registry) const { wl_registry_destroy(registry); }

    void operator()(wl_callback* callback) const { wl_callback_destroy(callback); }

    void operator()(wl_seat* seat) const {
        if (wl_seat_get_version(seat) >= WL_SEAT_RELEASE_SINCE_VERSION) {
            wl_seat_release(seat);
        } else {
            wl_seat_destroy(seat);
        }
    }

    void operator()(infinite_map_manager_v1* manager) const { infinite_map_manager_v1_destroy(manager); }

    void operator()(infinite_map_camera_v1* camera) const { infinite_map_camera_v1_destroy(camera); }

    void operator()(infinite_map_window_v1* window) const { infinite_map_window_v1_destroy(window); }

    void operator()(infinite_map_tiles_v1* tiles) const { infinite_map_tiles_v1_destroy(tiles); }

    void operator()(infinite_map_input_v1* input) const { infinite_map_input_v1_destroy(input); }

    void operator()(zwlr_foreign_toplevel_manager_v1* manager) const {
        zwlr_foreign_toplevel_manager_v1_destroy(manager);
    }

    void operator()(zwlr_foreign_toplevel_handle_v1* toplevel) const {
        zwlr_foreign_toplevel_handle_v1_destroy(toplevel);
    }

    void operator()(ext_foreign_toplevel_list_v1* list) const { ext_foreign_toplevel_list_v1_destroy(list); }

    void operator()(ext_foreign_toplevel_handle_v1* toplevel) const {
        ext_foreign_toplevel_handle_v1_destroy(toplevel);
    }
};

/// Any of these, as libwayland takes it where its kind does not matter.
template <class Object> wl_proxy* proxyOf(Object* object) {
    return reinterpret_cast<wl_proxy*>(object); // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
}

template <class Object> using WaylandHandle = std::unique_ptr<Object, WaylandDeleter>;

/// Makes a listener's function from a method: `&ListenerThunk<&Thing::onEvent>::call<wl_thing>`.
template <auto Method> struct ListenerThunk;

template <class Object, class... Args, void (Object::*Method)(Args...)> struct ListenerThunk<Method> {
    template <class Proxy> static void call(void* data, Proxy* /*proxy*/, Args... args) noexcept {
        (static_cast<Object*>(data)->*Method)(args...);
    }
};

} // namespace compositord
