// The client's connection: globals, input devices, and buffers of any size cut from one shared pool.
// All windows show the same colour, so that every buffer can be a view of the pool's beginning and 500
// windows cost no more memory than one.
#pragma once

#include "handles.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace test_window {

class Connection {
public:
    /// Finds the id of the window that a surface belongs to, 0 if none.
    using FindWindow = std::function<int(wl_surface*)>;

    explicit Connection(FindWindow findWindow);

    wl_display* display() { return display_.get(); }

    wl_compositor* compositor() { return compositor_.get(); }

    xdg_wm_base* shell() { return shell_.get(); }

    wl_buffer* buffer(int width, int height);

    /// Sends what is queued, waiting for the compositor to read if it is behind.
    void flush();

    /// Prints the event "synced" with this number when the compositor has handled everything sent so far.
    void sync(int number);

private:
    void bindGlobal(std::uint32_t name, const std::string& interface, std::uint32_t version);
    void bindDevices(std::uint32_t capabilities);
    void growPool(std::size_t bytes);

    static const wl_registry_listener kRegistryListener;
    static const wl_seat_listener kSeatListener;
    static const wl_pointer_listener kPointerListener;
    static const wl_keyboard_listener kKeyboardListener;
    static const wl_touch_listener kTouchListener;
    static const xdg_wm_base_listener kShellListener;
    static const wl_callback_listener kSyncListener;

    FindWindow findWindow_;
    Handle<wl_display> display_;
    Handle<wl_registry> registry_;
    Handle<wl_compositor> compositor_;
    Handle<wl_shm> shm_;
    Handle<xdg_wm_base> shell_;
    Handle<wl_seat> seat_;
    Handle<wl_pointer> pointer_;
    Handle<wl_keyboard> keyboard_;
    Handle<wl_touch> touch_;
    UniqueFd memory_;
    std::size_t poolSize_ = 0;
    Handle<wl_shm_pool> pool_;
    std::map<std::pair<int, int>, Handle<wl_buffer>> buffers_;
    std::map<wl_callback*, std::pair<int, Handle<wl_callback>>> syncs_;
};

} // namespace test_window
