// Owning handles of what sd-bus gives out.
#pragma once

#include <systemd/sd-bus.h>

#include <memory>

namespace compositord {

/// Closes without waiting for what has not been sent yet: a bus that does not read must not hold up the end.
struct SdBusDeleter {
    void operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
};

struct SdBusMessageDeleter {
    void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};

struct SdBusSlotDeleter {
    void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
};

using SdBusHandle = std::unique_ptr<sd_bus, SdBusDeleter>;
using SdBusMessageHandle = std::unique_ptr<sd_bus_message, SdBusMessageDeleter>;
using SdBusSlotHandle = std::unique_ptr<sd_bus_slot, SdBusSlotDeleter>;

} // namespace compositord
