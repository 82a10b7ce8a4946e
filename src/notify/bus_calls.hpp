// Which calls are of nothing that is on the bus. sd-bus answers these itself, so that no method of ours sees
// them.
#pragma once

#include "notify/bus_objects.hpp"

namespace compositord::bus {

/// Whether a method call is to an object, interface, member or property that is not there, or has other
/// arguments than it takes: sd-bus answers it with an error. Reads the call from its start and leaves it
/// there.
bool isMalformed(sd_bus_message& call, const Context& context);

} // namespace compositord::bus
