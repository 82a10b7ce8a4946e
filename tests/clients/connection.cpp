// The client's connection; input events are printed as they come, as JSON lines.
#include "connection.hpp"

#include <fmt/core.h>
#include <fmt/format.h>

#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <system_error>

namespace test_window {

namespace {

constexpr std::size_t kFirstPoolBytes = 1280UL * 720 * 4;
constexpr std::uint32_t kColour = 0xff4080c0;

Connection& self(void* data) {
    return *static_cast<Connection*>(data);
}

} // namespace

const wl_registry_listener Connection::kRegistryListener = {
    .global = [](void* data, wl_registry*, std::uint32_t name, const char* interface,
                 std::uint32_t version) { self(data).bindGlobal(name, interface, version); },
    .global_remove = [](void*, wl_registry*, std::uint32_t) {},
};

const xdg_wm_base_listener Connection::kShellListener = {
    .ping = [](void*, xdg_wm_base* shell, std::uint32_t serial) { xdg_wm_base_pong(shell, serial); },
};

const wl_seat_listener Connection::kSeatListener = {
    .capabilities = [](void* data, wl_seat*,
                       std::uint32_t capabilities) { self(data).bindDevices(capabilities); },
    .name = [](void*, wl_seat*, const char*) {},
};

const wl_pointer_listener Connection::kPointerListener = {
    .enter =
        [](void* data, wl_pointer*, std::uint32_t, wl_surface* surface, wl_fixed_t x, wl_fixed_t y) {
            fmt::print(R"({{"event":"pointer_enter","id":{},"x":{},"y":{}}})"
                       "\n",
                       self(data).findWindow_(surface), wl_fixed_to_double(x), wl_fixed_to_double(y));
        },
    .leave =
        [](void* data, wl_pointer*, std::uint32_t, wl_surface* surface) {
            fmt::print(R"({{"event":"pointer_leave","id":{}}})"
                       "\n",
                       self(data).findWindow_(surface));
        },
    .motion =
        [](void*, wl_pointer*, std::uint32_t, wl_fixed_t x, wl_fixed_t y) {
            fmt::print(R"({{"event":"motion","x":{},"y":{}}})"
                       "\n",
                       wl_fixed_to_double(x), wl_fixed_to_double(y));
        },
    .button =
        [](void*, wl_pointer*, std::uint32_t, std::uint32_t, std::uint32_t button, std::uint32_t state) {
            fmt::print(R"({{"event":"button","button":{},"pressed":{}}})"
                       "\n",
                       button, state == WL_POINTER_BUTTON_STATE_PRESSED);
        },
    .axis =
        [](void*, wl_pointer*, std::uint32_t, std::uint32_t axis, wl_fixed_t value) {
            fmt::print(R"({{"event":"axis","axis":{},"value":{}}})"
                       "\n",
                       axis, wl_fixed_to_double(value));
        },
    .frame = [](void*, wl_pointer*) {},
    .axis_source = [](void*, wl_pointer*, std::uint32_t) {},
    .axis_stop = [](void*, wl_pointer*, std::uint32_t, std::uint32_t) {},
    .axis_discrete = [](void*, wl_pointer*, std::uint32_t, std::int32_t) {},
    .axis_value120 = [](void*, wl_pointer*, std::uint32_t, std::int32_t) {},
};

const wl_keyboard_listener Connection::kKeyboardListener = {
    .keymap = [](void*, wl_keyboard*, std::uint32_t, std::int32_t fd, std::uint32_t) { ::close(fd); },
    .enter =
        [](void* data, wl_keyboard*, std::uint32_t, wl_surface* surface, wl_array*) {
            fmt::print(R"({{"event":"focus","id":{}}})"
                       "\n",
                       self(data).findWindow_(surface));
        },
    .leave =
        [](void* data, wl_keyboard*, std::uint32_t, wl_surface* surface) {
            fmt::print(R"({{"event":"unfocus","id":{}}})"
                       "\n",
                       self(data).findWindow_(surface));
        },
    .key =
        [](void*, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t key, std::uint32_t state) {
            fmt::print(R"({{"event":"key","key":{},"pressed":{}}})"
                       "\n",
                       key, state == WL_KEYBOARD_KEY_STATE_PRESSED);
        },
    .modifiers = [](void*, wl_keyboard*, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t,
                    std::uint32_t) {},
    .repeat_info = [](void*, wl_keyboard*, std::int32_t, std::int32_t) {},
};

const wl_touch_listener Connection::kTouchListener = {
    .down =
        [](void* data, wl_touch*, std::uint32_t, std::uint32_t, wl_surface* surface, std::int32_t point,
           wl_fixed_t x, wl_fixed_t y) {
            fmt::print(R"({{"event":"touch_down","id":{},"point":{},"x":{},"y":{}}})"
                       "\n",
                       self(data).findWindow_(surface), point, wl_fixed_to_double(x), wl_fixed_to_double(y));
        },
    .up =
        [](void*, wl_touch*, std::uint32_t, std::uint32_t, std::int32_t point) {
            fmt::print(R"({{"event":"touch_up","point":{}}})"
                       "\n",
                       point);
        },
    .motion =
        [](void*, wl_touch*, std::uint32_t, std::int32_t point, wl_fixed_t x, wl_fixed_t y) {
            fmt::print(R"({{"event":"touch_motion","point":{},"x":{},"y":{}}})"
                       "\n",
                       point, wl_fixed_to_double(x), wl_fixed_to_double(y));
        },
    .frame = [](void*, wl_touch*) {},
    .cancel =
        [](void*, wl_touch*) {
            fmt::print(R"({{"event":"touch_cancel"}})"
                       "\n");
        },
    .shape = [](void*, wl_touch*, std::int32_t, wl_fixed_t, wl_fixed_t) {},
    .orientation = [](void*, wl_touch*, std::int32_t, wl_fixed_t) {},
};

const wl_callback_listener Connection::kSyncListener = {
    .done =
        [](void* data, wl_callback* callback, std::uint32_t) {
            const auto node = self(data).syncs_.extract(callback);
            fmt::print(R"({{"event":"synced","number":{}}})"
                       "\n",
                       node.mapped().first);
        },
};

Connection::Connection(FindWindow findWindow)
    : findWindow_(std::move(findWindow)), display_(wl_display_connect(nullptr)),
      memory_(memfd_create("test_window", MFD_CLOEXEC)) {
    if (!display_) {
        throw std::system_error(errno, std::generic_category(), "cannot connect to WAYLAND_DISPLAY");
    }
    registry_.reset(wl_display_get_registry(display_.get()));
    wl_registry_add_listener(registry_.get(), &kRegistryListener, this);
    if (wl_display_roundtrip(display_.get()) < 0 || !compositor_ || !shm_ || !shell_) {
        throw std::runtime_error("the compositor lacks wl_compositor, wl_shm or xdg_wm_base");
    }
    growPool(kFirstPoolBytes);
    wl_display_roundtrip(display_.get());
}

void Connection::bindGlobal(std::uint32_t name, const std::string& interface, std::uint32_t version) {
    const auto bind = [&]<class T>(Handle<T>& handle, const wl_interface& type, std::uint32_t newest) {
        handle.reset(
            static_cast<T*>(wl_registry_bind(registry_.get(), name, &type, std::min(version, newest))));
    };
    if (interface == wl_compositor_interface.name) {
        bind(compositor_, wl_compositor_interface, 4);
    } else if (interface == wl_shm_interface.name) {
        bind(shm_, wl_shm_interface, 1);
    } else if (interface == xdg_wm_base_interface.name) {
        bind(shell_, xdg_wm_base_interface, 3);
        xdg_wm_base_add_listener(shell_.get(), &kShellListener, this);
    } else if (interface == wl_seat_interface.name && !seat_) {
        bind(seat_, wl_seat_interface, 5);
        wl_seat_add_listener(seat_.get(), &kSeatListener, this);
    }
}

void Connection::bindDevices(std::uint32_t capabilities) {
    if ((capabilities & WL_SEAT_CAPABILITY_POINTER) != 0 && !pointer_) {
        pointer_.reset(wl_seat_get_pointer(seat_.get()));
        wl_pointer_add_listener(pointer_.get(), &kPointerListener, this);
    }
    if ((capabilities & WL_SEAT_CAPABILITY_KEYBOARD) != 0 && !keyboard_) {
        keyboard_.reset(wl_seat_get_keyboard(seat_.get()));
        wl_keyboard_add_listener(keyboard_.get(), &kKeyboardListener, this);
    }
    if ((capabilities & WL_SEAT_CAPABILITY_TOUCH) != 0 && !touch_) {
        touch_.reset(wl_seat_get_touch(seat_.get()));
        wl_touch_add_listener(touch_.get(), &kTouchListener, this);
    }
}

void Connection::growPool(std::size_t bytes) {
    if (ftruncate(memory_.get(), static_cast<off_t>(bytes)) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot make shared memory");
    }
    void* const mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(), 0);
    if (mapped == MAP_FAILED) {
        throw std::system_error(errno, std::generic_category(), "cannot map shared memory");
    }
    std::fill_n(static_cast<std::uint32_t*>(mapped), bytes / sizeof(std::uint32_t), kColour);
    munmap(mapped, bytes);
    if (pool_) {
        wl_shm_pool_resize(pool_.get(), static_cast<std::int32_t>(bytes));
    } else {
        pool_.reset(wl_shm_create_pool(shm_.get(), memory_.get(), static_cast<std::int32_t>(bytes)));
    }
    poolSize_ = bytes;
}

wl_buffer* Connection::buffer(int width, int height) {
    Handle<wl_buffer>& buffer = buffers_[{width, height}];
    if (!buffer) {
        const std::size_t bytes = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 4;
        if (bytes > poolSize_) {
            growPool(bytes);
        }
        buffer.reset(
            wl_shm_pool_create_buffer(pool_.get(), 0, width, height, width * 4, WL_SHM_FORMAT_XRGB8888));
    }
    return buffer.get();
}

void Connection::flush() {
    while (wl_display_flush(display_.get()) < 0) {
        if (const int error = errno; error != EAGAIN || wl_display_get_error(display_.get()) != 0) {
            throw std::system_error(error, std::generic_category(), "lost the compositor");
        }
        pollfd wait{.fd = wl_display_get_fd(display_.get()), .events = POLLOUT, .revents = 0};
        poll(&wait, 1, -1);
    }
}

void Connection::sync(int number) {
    Handle<wl_callback> callback(wl_display_sync(display_.get()));
    wl_callback* const key = callback.get();
    wl_callback_add_listener(key, &kSyncListener, this);
    syncs_.emplace(key, std::pair(number, std::move(callback)));
}

} // namespace test_window
