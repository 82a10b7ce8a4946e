#include "known_compositors.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace compositord;

// What is read and written again is the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto known = parseKnownCompositors({reinterpret_cast<const char*>(data), size});
    if (known) {
        static_cast<void>(driverOfSocket(*known, "/run/sway-ipc.1.2.sock"));
        const auto again = parseKnownCompositors(R"({"compositors":)" + toJson(*known) + "}");
        if (again && *again != *known) {
            __builtin_trap();
        }
    }
    return 0;
}
