// A window as it is told of by a list of toplevels: gathers events until done.
#pragma once

#include "compositor/wayland_handles.hpp"
#include "world/types.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace compositord {

class ForeignToplevel {
public:
    /// Called after each done, and when it closed.
    using Changed = std::function<void()>;

    /// Takes over the proxy.
    ForeignToplevel(zwlr_foreign_toplevel_handle_v1* proxy, WindowId id, Changed onChanged);
    ForeignToplevel(ext_foreign_toplevel_handle_v1* proxy, WindowId id, Changed onChanged);
    ForeignToplevel(const ForeignToplevel&) = delete;
    ForeignToplevel& operator=(const ForeignToplevel&) = delete;
    ~ForeignToplevel() = default;

    /// As of the last done; nothing before the first one. It has no place.
    const std::optional<Window>& state() const { return state_; }

    bool closed() const { return closed_; }

    /// Through which it is handled; null if there is nothing but looking at it.
    zwlr_foreign_toplevel_handle_v1* control() const { return managed_.get(); }

    wl_proxy* proxy() const { return managed_ ? proxyOf(managed_.get()) : proxyOf(listed_.get()); }

private:
    void onTitle(const char* title);
    void onAppId(const char* appId);
    void onOutput(wl_output* output);
    void onState(wl_array* states);
    void onParent(zwlr_foreign_toplevel_handle_v1* parent);
    void onIdentifier(const char* identifier);
    void onDone();
    void onClosed();

    static const zwlr_foreign_toplevel_handle_v1_listener kManagedListener;
    static const ext_foreign_toplevel_handle_v1_listener kListedListener;

    Window pending_;
    std::optional<Window> state_;
    Changed onChanged_;
    bool closed_ = false;
    WaylandHandle<zwlr_foreign_toplevel_handle_v1> managed_;
    WaylandHandle<ext_foreign_toplevel_handle_v1> listed_;
};

} // namespace compositord
