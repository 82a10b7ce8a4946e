// What is told of code generation on the bus: dictionaries whose members are named as in
// data/schema/compositord.v1.json.
#pragma once

#include "notify/bus_handles.hpp"
#include "world/codegen_service.hpp"

namespace compositord::bus {

// Each appends one a{sv}; negative errno as all of sd-bus.

int append(sd_bus_message& message, const CodegenTask& task);
int append(sd_bus_message& message, const CodegenChange& change);
int append(sd_bus_message& message, const CodegenDetails& details);
int append(sd_bus_message& message, const CodegenModelReport& report);

} // namespace compositord::bus
