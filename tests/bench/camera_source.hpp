// A Wayland server with one camera: the same events that a compositor sends when its camera moves, and
// nothing else, so that what is measured is the daemon and not a compositor.
#pragma once

#include <wayland-server-core.h>

#include <cstdint>
#include <memory>
#include <string>

namespace bench {

struct DestroyDisplay {
    void operator()(wl_display* display) const {
        wl_display_destroy_clients(display);
        wl_display_destroy(display);
    }
};

class CameraSource {
public:
    CameraSource();

    const char* socketName() const { return socketName_; }

    /// Until a client has bound the manager.
    void awaitClient();

    /// Puts the camera at (x, 0) and commits; returns when it is on the wire.
    void moveTo(std::int32_t x);

    int descriptor() const;

    /// Reads what the client said, which is little: acknowledgements.
    void dispatch();

private:
    static void bind(wl_client* client, void* data, std::uint32_t version, std::uint32_t id);
    void describe(wl_client* client);

    std::unique_ptr<wl_display, DestroyDisplay> display_;
    const char* socketName_;
    wl_resource* manager_ = nullptr;
    wl_resource* camera_ = nullptr;
    std::uint32_t serial_ = 0;
};

} // namespace bench
