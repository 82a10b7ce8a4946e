// One toplevel window: opens with a wanted size, takes the sizes that the compositor gives it, reports what
// it is told.
#pragma once

#include "connection.hpp"
#include "handles.hpp"

#include <string>

namespace test_window {

struct Size {
    int width = 0;
    int height = 0;
};

class Window {
public:
    Window(Connection& connection, int id, Size size, const std::string& title);
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;
    ~Window() = default;

    xdg_toplevel* toplevel() { return toplevel_.get(); }

    wl_surface* surface() { return surface_.get(); }

    /// Draws itself at a size of its own choice, unless the compositor has fixed it.
    void resize(Size size);

    bool wantsToClose() const { return wantsToClose_; }

    /// Ignores requests to close, as a program does that asks its user first.
    void refuseToClose() { refusesToClose_ = true; }

private:
    void onToplevelConfigure(Size size, const wl_array& states);
    void onConfigure(std::uint32_t serial);
    void onClose();
    void draw(Size size);

    static const xdg_surface_listener kSurfaceListener;
    static const xdg_toplevel_listener kToplevelListener;

    Connection& connection_;
    int id_;
    Size wanted_;
    Size given_; // 0 where the window may choose
    bool mapped_ = false;
    bool wantsToClose_ = false;
    bool refusesToClose_ = false;
    Handle<wl_surface> surface_;
    Handle<xdg_surface> shellSurface_;
    Handle<xdg_toplevel> toplevel_;
};

} // namespace test_window
