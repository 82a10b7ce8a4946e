// Owning handles of libwayland-client's objects, with named deleters.
#pragma once

#include "xdg-shell-client-protocol.h"

#include <wayland-client.h>

#include <unistd.h>

#include <memory>

namespace test_window {

struct Destroy {
    void operator()(wl_display* display) const { wl_display_disconnect(display); }

    void operator()(wl_registry* registry) const { wl_registry_destroy(registry); }

    void operator()(wl_compositor* compositor) const { wl_compositor_destroy(compositor); }

    void operator()(wl_shm* shm) const { wl_shm_destroy(shm); }

    void operator()(wl_shm_pool* pool) const { wl_shm_pool_destroy(pool); }

    void operator()(wl_buffer* buffer) const { wl_buffer_destroy(buffer); }

    void operator()(wl_surface* surface) const { wl_surface_destroy(surface); }

    void operator()(wl_seat* seat) const { wl_seat_destroy(seat); }

    void operator()(wl_pointer* pointer) const { wl_pointer_release(pointer); }

    void operator()(wl_keyboard* keyboard) const { wl_keyboard_release(keyboard); }

    void operator()(wl_touch* touch) const { wl_touch_release(touch); }

    void operator()(wl_callback* callback) const { wl_callback_destroy(callback); }

    void operator()(xdg_wm_base* base) const { xdg_wm_base_destroy(base); }

    void operator()(xdg_surface* surface) const { xdg_surface_destroy(surface); }

    void operator()(xdg_toplevel* toplevel) const { xdg_toplevel_destroy(toplevel); }
};

template <class T> using Handle = std::unique_ptr<T, Destroy>;

class UniqueFd {
public:
    explicit UniqueFd(int fd) : fd_(fd) {}

    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;

    ~UniqueFd() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    int get() const { return fd_; }

private:
    int fd_;
};

} // namespace test_window
