// CRC-32C, which tells a record that was written whole from one that was not.
#pragma once

#include <cstdint>
#include <string_view>

namespace compositord {

std::uint32_t crc32c(std::string_view bytes);

} // namespace compositord
