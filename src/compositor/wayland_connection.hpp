// A connection to a Wayland compositor as a source of the event loop: always drained, flushed before each
// wait.
#pragma once

#include "base/event_loop.hpp"
#include "compositor/wayland_handles.hpp"

#include <functional>
#include <memory>
#include <string>

namespace compositord {

class WaylandConnection {
public:
    using LostHandler = std::move_only_function<void(const std::string& reason)>;

    /// Over an inherited descriptor, such as that of WAYLAND_SOCKET. `onLost` is called outside of any
    /// dispatch, at most once; the connection may be destroyed there.
    static Result<std::unique_ptr<WaylandConnection>> adopt(EventLoop& loop, UniqueFd fd, LostHandler onLost);

    /// To a display's socket: a name in XDG_RUNTIME_DIR or an absolute path.
    static Result<std::unique_ptr<WaylandConnection>> connect(EventLoop& loop, const std::string& display,
                                                              LostHandler onLost);

    WaylandConnection(const WaylandConnection&) = delete;
    WaylandConnection& operator=(const WaylandConnection&) = delete;
    ~WaylandConnection() = default;

    wl_display* display() const { return display_.get(); }

private:
    WaylandConnection(WaylandHandle<wl_display> display, LostHandler onLost);
    Result<> attach(EventLoop& loop);
    void read();
    void dispatchPending();
    void flush();
    void lose();

    WaylandHandle<wl_display> display_;
    LostHandler onLost_;
    bool lost_ = false;
    bool waitsForWrite_ = false;
    EventSource io_;
    EventSource flush_;
    EventSource loss_;
};

} // namespace compositord
