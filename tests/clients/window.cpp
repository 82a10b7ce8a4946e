// One toplevel window.
#include "window.hpp"

#include <fmt/core.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace test_window {

namespace {

constexpr const char* kAppId = "test_window";

std::vector<std::string_view> stateNames(const wl_array& states) {
    std::vector<std::string_view> names;
    for (const std::uint32_t state :
         std::span(static_cast<const std::uint32_t*>(states.data), states.size / sizeof(std::uint32_t))) {
        switch (state) {
        case XDG_TOPLEVEL_STATE_MAXIMIZED:
            names.emplace_back(R"("maximized")");
            break;
        case XDG_TOPLEVEL_STATE_FULLSCREEN:
            names.emplace_back(R"("fullscreen")");
            break;
        case XDG_TOPLEVEL_STATE_RESIZING:
            names.emplace_back(R"("resizing")");
            break;
        case XDG_TOPLEVEL_STATE_ACTIVATED:
            names.emplace_back(R"("activated")");
            break;
        default:
            break;
        }
    }
    return names;
}

} // namespace

const xdg_surface_listener Window::kSurfaceListener = {
    .configure = [](void* data, xdg_surface*,
                    std::uint32_t serial) { static_cast<Window*>(data)->onConfigure(serial); },
};

const xdg_toplevel_listener Window::kToplevelListener = {
    .configure =
        [](void* data, xdg_toplevel*, std::int32_t width, std::int32_t height, wl_array* states) {
            static_cast<Window*>(data)->onToplevelConfigure({.width = width, .height = height}, *states);
        },
    .close = [](void* data, xdg_toplevel*) { static_cast<Window*>(data)->onClose(); },
    .configure_bounds = [](void*, xdg_toplevel*, std::int32_t, std::int32_t) {},
    .wm_capabilities = [](void*, xdg_toplevel*, wl_array*) {},
};

Window::Window(Connection& connection, int id, Size size, const std::string& title)
    : connection_(connection), id_(id), wanted_(size),
      surface_(wl_compositor_create_surface(connection.compositor())),
      shellSurface_(xdg_wm_base_get_xdg_surface(connection.shell(), surface_.get())),
      toplevel_(xdg_surface_get_toplevel(shellSurface_.get())) {
    xdg_surface_add_listener(shellSurface_.get(), &kSurfaceListener, this);
    xdg_toplevel_add_listener(toplevel_.get(), &kToplevelListener, this);
    xdg_toplevel_set_title(toplevel_.get(), title.c_str());
    xdg_toplevel_set_app_id(toplevel_.get(), kAppId);
    wl_surface_commit(surface_.get());
}

void Window::onToplevelConfigure(Size size, const wl_array& states) {
    given_ = size;
    fmt::print(R"({{"event":"configure","id":{},"width":{},"height":{},"states":[{}]}})"
               "\n",
               id_, size.width, size.height, fmt::join(stateNames(states), ","));
}

void Window::onConfigure(std::uint32_t serial) {
    xdg_surface_ack_configure(shellSurface_.get(), serial);
    draw({.width = given_.width > 0 ? given_.width : wanted_.width,
          .height = given_.height > 0 ? given_.height : wanted_.height});
    if (!mapped_) {
        mapped_ = true;
        fmt::print(R"({{"event":"mapped","id":{}}})"
                   "\n",
                   id_);
    }
}

void Window::onClose() {
    fmt::print(R"({{"event":"close","id":{}}})"
               "\n",
               id_);
    // Not destroyed here, inside its own callback, but by the loop.
    wantsToClose_ = !refusesToClose_;
}

void Window::resize(Size size) {
    wanted_ = size;
    if (mapped_) {
        draw(size);
    }
}

void Window::draw(Size size) {
    wl_surface_attach(surface_.get(), connection_.buffer(size.width, size.height), 0, 0);
    wl_surface_damage_buffer(surface_.get(), 0, 0, size.width, size.height);
    wl_surface_commit(surface_.get());
    // Hundreds of windows answer in one turn: more than libwayland keeps for a compositor that is behind.
    connection_.flush();
}

} // namespace test_window
