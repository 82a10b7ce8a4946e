#include "manifest/checksum.hpp"

#include <array>

namespace compositord {

namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78; // Castagnoli's, bits reversed

constexpr std::array<std::uint32_t, 256> kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value >> 1U) ^ ((value & 1U) != 0 ? kPolynomial : 0);
        }
        table[byte] = value;
    }
    return table;
}();

} // namespace

std::uint32_t crc32c(std::string_view bytes) {
    std::uint32_t crc = ~0U;
    for (const char c : bytes) {
        crc = (crc >> 8U) ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xffU];
    }
    return ~crc;
}

} // namespace compositord
