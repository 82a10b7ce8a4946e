// A Wayland server with one camera.
#include "camera_source.hpp"

#include "infinite-map-v1-server-protocol.h"

#include <wayland-server.h>

#include <stdexcept>

namespace bench {

namespace {

constexpr std::uint32_t kGridSize = 100;
constexpr std::uint32_t kZoom = 1000000;
constexpr int kPatienceMs = 20000;

void destroy(wl_client*, wl_resource* resource) {
    wl_resource_destroy(resource);
}

constexpr struct infinite_map_manager_v1_interface kManager = {
    .destroy = destroy,
    .stop = [](wl_client*, wl_resource*) {},
    .ack = [](wl_client*, wl_resource*, std::uint32_t) {},
    .get_tiles = [](wl_client*, wl_resource*, std::uint32_t) {},
    .get_input = [](wl_client*, wl_resource*, std::uint32_t, wl_resource*) {},
};

constexpr struct infinite_map_camera_v1_interface kCamera = {
    .destroy = destroy,
    .move = [](wl_client*, wl_resource*, std::uint32_t, std::int32_t, std::int32_t, wl_fixed_t, wl_fixed_t,
               std::uint32_t, std::uint32_t) {},
    .cancel = [](wl_client*, wl_resource*, std::uint32_t) {},
};

} // namespace

CameraSource::CameraSource()
    : display_(wl_display_create()), socketName_(wl_display_add_socket_auto(display_.get())) {
    if (socketName_ == nullptr) {
        throw std::runtime_error("cannot make a Wayland socket; is XDG_RUNTIME_DIR set?");
    }
    wl_global_create(display_.get(), &infinite_map_manager_v1_interface, 1, this, bind);
}

void CameraSource::awaitClient() {
    while (camera_ == nullptr) {
        if (wl_event_loop_dispatch(wl_display_get_event_loop(display_.get()), kPatienceMs) < 0) {
            throw std::runtime_error("the Wayland loop failed");
        }
        wl_display_flush_clients(display_.get());
    }
}

int CameraSource::descriptor() const {
    return wl_event_loop_get_fd(wl_display_get_event_loop(display_.get()));
}

void CameraSource::dispatch() {
    wl_event_loop_dispatch(wl_display_get_event_loop(display_.get()), 0);
    wl_display_flush_clients(display_.get());
}

void CameraSource::moveTo(std::int32_t x) {
    if (camera_ == nullptr) {
        throw std::runtime_error("the daemon's Wayland connection ended; did it read too slowly?");
    }
    const auto size = static_cast<std::int32_t>(kGridSize);
    const wl_fixed_t offset = wl_fixed_from_int(x % size);
    infinite_map_camera_v1_send_position(camera_, x / size, 0, offset, 0);
    infinite_map_camera_v1_send_target_position(camera_, x / size, 0, offset, 0);
    infinite_map_manager_v1_send_done(manager_, ++serial_);
    wl_display_flush_clients(display_.get());
}

void CameraSource::bind(wl_client* client, void* data, std::uint32_t version, std::uint32_t id) {
    auto* const self = static_cast<CameraSource*>(data);
    self->manager_ =
        wl_resource_create(client, &infinite_map_manager_v1_interface, static_cast<int>(version), id);
    wl_resource_set_implementation(self->manager_, &kManager, self, nullptr);
    self->describe(client);
}

void CameraSource::describe(wl_client* client) {
    infinite_map_manager_v1_send_capabilities(manager_, INFINITE_MAP_MANAGER_V1_CAPABILITY_CAMERA_CONTROL);
    infinite_map_manager_v1_send_grid_size(manager_, kGridSize);
    camera_ = wl_resource_create(client, &infinite_map_camera_v1_interface, 1, 0);
    wl_resource_set_implementation(camera_, &kCamera, this, [](wl_resource* resource) {
        static_cast<CameraSource*>(wl_resource_get_user_data(resource))->camera_ = nullptr;
    });
    infinite_map_manager_v1_send_camera(manager_, camera_, "BENCH-1");
    infinite_map_camera_v1_send_position(camera_, 0, 0, 0, 0);
    infinite_map_camera_v1_send_zoom(camera_, kZoom);
    infinite_map_camera_v1_send_target_position(camera_, 0, 0, 0, 0);
    infinite_map_camera_v1_send_target_zoom(camera_, kZoom);
    infinite_map_camera_v1_send_viewport(camera_, 1280, 720);
    infinite_map_camera_v1_send_zoom_limits(camera_, kZoom / 20, kZoom * 8);
    infinite_map_manager_v1_send_done(manager_, ++serial_);
}

} // namespace bench
