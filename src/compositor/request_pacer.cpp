#include "compositor/request_pacer.hpp"

#include <utility>

namespace compositord {

constexpr wl_callback_listener RequestPacer::kListener = {
    .done = &ListenerThunk<&RequestPacer::onSynced>::call<wl_callback>,
};

void RequestPacer::sent(std::uint32_t requests) {
    unanswered_ += requests;
    sinceSync_ += requests;
    if (sinceSync_ >= kPerSync) {
        syncs_.emplace_back(std::exchange(sinceSync_, 0),
                            WaylandHandle<wl_callback>(wl_display_sync(display_)));
        wl_callback_add_listener(syncs_.back().callback.get(), &kListener, this);
    }
}

void RequestPacer::onSynced(std::uint32_t /*serial*/) {
    unanswered_ -= syncs_.front().requests;
    syncs_.pop_front();
}

} // namespace compositord
