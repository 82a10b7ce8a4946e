// Bounds how many requests are on their way to a compositor: libwayland ends a connection whose buffer
// overflows, and a compositor that hangs must not make us queue for ever.
#pragma once

#include "compositor/wayland_handles.hpp"

#include <cstdint>
#include <deque>

namespace compositord {

class RequestPacer {
public:
    explicit RequestPacer(wl_display* display) : display_(display) {}

    RequestPacer(const RequestPacer&) = delete;
    RequestPacer& operator=(const RequestPacer&) = delete;
    ~RequestPacer() = default;

    /// False while so many requests are unanswered that another one has to be refused.
    bool ready() const { return unanswered_ < kMostUnanswered; }

    /// Counts requests that were just sent; one with a long text counts as several.
    void sent(std::uint32_t requests = 1);

private:
    // A request has at most 40 bytes, and a text is counted by them; what one command adds at most is far
    // below what a socket's buffer holds.
    static constexpr std::uint32_t kMostUnanswered = 512;
    static constexpr std::uint32_t kPerSync = 32;

    struct Sync {
        std::uint32_t requests; // since the one before
        WaylandHandle<wl_callback> callback;
    };

    void onSynced(std::uint32_t serial);

    static const wl_callback_listener kListener;

    wl_display* display_;
    std::uint32_t unanswered_ = 0;
    std::uint32_t sinceSync_ = 0;
    std::deque<Sync> syncs_; // oldest first; answered in order
};

} // namespace compositord
