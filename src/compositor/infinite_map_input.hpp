// infinite_map_input_v1 on one connection: a device for each client that sends input, so that the compositor
// releases what one holds when it goes, and nothing else.
#pragma once

#include "compositor/infinite_map_commit.hpp"
#include "compositor/wayland_handles.hpp"
#include "world/command.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace compositord {

/// One infinite_map_input_v1.
class MapInput {
public:
    /// Takes over the proxy. `commit` outlives this.
    MapInput(infinite_map_input_v1* proxy, const PendingCommit& commit);
    MapInput(const MapInput&) = delete;
    MapInput& operator=(const MapInput&) = delete;
    ~MapInput() = default;

    /// The compositor wants no more of it.
    bool closed() const { return closed_; }

    /// Returns how many Wayland requests it took; a long text counts as several.
    std::uint32_t send(const Input& input);

    infinite_map_input_v1* proxy() const { return proxy_.get(); }

private:
    std::uint32_t send(const PointerMotion& event);
    std::uint32_t send(const PointerButton& event);
    std::uint32_t send(const PointerScroll& event);
    std::uint32_t send(const KeyChange& event);
    std::uint32_t send(const TypedText& event);
    std::uint32_t send(const TouchDown& event);
    std::uint32_t send(const TouchMotion& event);
    std::uint32_t send(const TouchUp& event);
    std::uint32_t send(const TouchCancel& event);
    void onClosed();

    static const infinite_map_input_v1_listener kListener;

    const PendingCommit& commit_;
    bool closed_ = false;
    WaylandHandle<infinite_map_input_v1> proxy_;
};

/// The devices of all clients, on the first of the compositor's seats.
class MapInputs {
public:
    /// Both outlive this.
    MapInputs(wl_registry* registry, const PendingCommit& commit) : registry_(registry), commit_(commit) {}

    void seatAppeared(std::uint32_t name, std::uint32_t version);

    /// Does nothing for a global that is no seat.
    void globalRemoved(std::uint32_t name);

    /// Makes the sender's device if it has none that works; returns how many Wayland requests it took.
    std::expected<std::uint32_t, Refusal> send(infinite_map_manager_v1* manager, ClientNumber sender,
                                               const Input& input);

    /// Releases all that this client holds.
    void release(ClientNumber sender) { devices_.erase(sender); }

    void releaseAll() { devices_.clear(); }

    /// Adds the objects that there are.
    void addProxies(std::vector<wl_proxy*>& proxies) const;

private:
    struct SeatGlobal {
        std::uint32_t name;
        std::uint32_t version;
    };

    wl_seat* seat();

    wl_registry* registry_;
    const PendingCommit& commit_;
    std::vector<SeatGlobal> seats_; // in the order of their appearance; the first one is used
    WaylandHandle<wl_seat> seat_;   // bound when it is first needed
    std::map<ClientNumber, MapInput> devices_;
};

} // namespace compositord
