// The lists of toplevels on one connection: finds the one that can do most, keeps its windows, and turns what
// one turn of the loop brought into a commit.
// Where a compositor has both lists, zwlr_foreign_toplevel_manager_v1 is taken, by which windows can be
// handled: nothing says which window of the one is which of the other.
#pragma once

#include "base/event_loop.hpp"
#include "compositor/foreign_toplevel.hpp"
#include "compositor/mirror.hpp"
#include "compositor/request_pacer.hpp"
#include "compositor/toplevel_grid.hpp"
#include "world/changes.hpp"
#include "world/command.hpp"

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace compositord {

class ForeignToplevelSession {
public:
    struct Listener {
        std::move_only_function<void(Changes)> onCommit;
        /// The compositor has no such list, or ended it.
        std::move_only_function<void(const std::string& reason)> onUnavailable;
    };

    /// `identity` names the compositor; its other members are filled in as they become known. The loop and
    /// the display outlive the session.
    static Result<std::unique_ptr<ForeignToplevelSession>> create(EventLoop& loop, wl_display* display,
                                                                  Compositor identity, Listener listener);

    ForeignToplevelSession(const ForeignToplevelSession&) = delete;
    ForeignToplevelSession& operator=(const ForeignToplevelSession&) = delete;
    ~ForeignToplevelSession() = default;

    CommandResult request(const Request& request);

    /// The objects that there are, for who looks at the messages about them.
    std::vector<wl_proxy*> proxies() const;

    /// The commit that takes away all that earlier commits brought.
    Changes farewell(const std::string& reason);

private:
    ForeignToplevelSession(wl_display* display, Compositor identity, Listener listener);
    void onGlobal(std::uint32_t name, const char* interface, std::uint32_t version);
    void onGlobalRemove(std::uint32_t name);
    void onGlobalsListed(std::uint32_t serial);
    void onToplevelsListed(std::uint32_t serial);
    void onManaged(zwlr_foreign_toplevel_handle_v1* proxy);
    void onListed(ext_foreign_toplevel_handle_v1* proxy);
    void onFinished();
    template <class Proxy> void add(Proxy* proxy);
    void commit();
    std::vector<Window> takeWindows();
    Capabilities capabilities() const;

    CommandResult send(const FocusWindow& command);
    CommandResult send(const CloseWindow& command);
    CommandResult send(const MinimizeWindow& command);
    CommandResult send(const MaximizeWindow& command);
    CommandResult send(const FullscreenWindow& command);
    CommandResult send(const ReleaseInput& command);
    template <class Other> CommandResult send(const Other& command);
    std::expected<zwlr_foreign_toplevel_handle_v1*, Refusal> find(WindowId id) const;

    static const wl_registry_listener kRegistryListener;
    static const wl_callback_listener kGlobalsListener;
    static const wl_callback_listener kToplevelsListener;
    static const zwlr_foreign_toplevel_manager_v1_listener kManagerListener;
    static const ext_foreign_toplevel_list_v1_listener kListListener;

    /// Of a global of the compositor.
    struct Global {
        std::uint32_t name = 0; // 0: it has none
        std::uint32_t version = 0;
    };

    Listener listener_;
    wl_display* display_;
    Compositor compositor_;
    Mirror mirror_;
    ToplevelGrid grid_;
    RequestPacer pacer_;
    EventSource changed_;
    bool described_ = false; // all that were there at the beginning are known
    bool finished_ = false;
    std::uint32_t lastId_ = 0;
    Global managerGlobal_;
    Global listGlobal_;
    Global seatGlobal_;
    WaylandHandle<wl_registry> registry_;
    WaylandHandle<wl_callback> listed_;
    WaylandHandle<wl_seat> seat_;
    WaylandHandle<zwlr_foreign_toplevel_manager_v1> manager_;
    WaylandHandle<ext_foreign_toplevel_list_v1> list_;
    std::map<WindowId, std::unique_ptr<ForeignToplevel>> toplevels_;
};

} // namespace compositord
