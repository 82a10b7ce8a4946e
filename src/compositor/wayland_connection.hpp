// A connection to a Wayland compositor as a source of the event loop: always drained, flushed before each
// wait.
#pragma once

#include "base/event_loop.hpp"
#include "compositor/wayland_handles.hpp"
#include "compositor/wire_decoder.hpp"
#include "compositor/wire_relay.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

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

    struct WireWatch {
        WireDecoder::Handler onMessage;
        std::function<std::vector<wl_proxy*>()> objects; // that are there when it begins
        std::span<const wl_interface* const> roots;      // the interfaces of globals that may be bound
    };

    /// Tells of every message from soon on; nothing: no longer.
    void watchWire(std::optional<WireWatch> watch) { watch_ = std::move(watch); }

private:
    WaylandConnection(EventLoop& loop, WaylandHandle<wl_display> display, LostHandler onLost);
    Result<> attach();
    void read();
    void dispatchPending();
    void flush();
    void lose();
    Result<> watchSocket();
    void lookIn(WireWatch& watch);
    void lookAway();

    EventLoop& loop_;
    WaylandHandle<wl_display> display_;
    LostHandler onLost_;
    bool lost_ = false;
    bool waitsForWrite_ = false;
    std::optional<WireWatch> watch_;
    std::unique_ptr<WireDecoder> decoder_;
    std::unique_ptr<WireRelay> relay_; // while somebody looks
    EventSource io_;
    EventSource flush_;
    EventSource loss_;
};

} // namespace compositord
