// Bytes of a Wayland connection: whatever they are, each is told as one JSON object, of at most so many
// objects.

#include "compositor/wire_decoder.hpp"

#include "base/json_reader.hpp"

#include <infinite-map-v1-client-protocol.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace compositord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static constexpr std::array roots{&wl_seat_interface, &infinite_map_manager_v1_interface};
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    WireDecoder decoder(roots, [](std::string_view json) {
        const std::string whole = "{" + std::string(json);
        // jansson takes no NUL in a string.
        if (!whole.contains("\\u0000") && !parseJsonObject(whole)) {
            std::abort();
        }
    });
    decoder.know(2, "wl_registry");
    decoder.know(3, "infinite_map_manager_v1");
    for (std::uint32_t id = 4; id < 8; ++id) {
        decoder.know(id, id % 2 == 0 ? "infinite_map_camera_v1" : "infinite_map_window_v1");
    }
    const std::size_t half = size / 2;
    decoder.feed(WireDecoder::Direction::received, bytes.substr(0, half));
    decoder.feed(WireDecoder::Direction::sent, bytes.substr(half));
    decoder.feed(WireDecoder::Direction::received, bytes.substr(half));
    return 0;
}
