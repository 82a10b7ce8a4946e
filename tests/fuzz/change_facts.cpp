// The metadata and the proposal of a change, parted by the first NUL: whatever they hold, they are read or
// refused.

#include "codegen/change_facts.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

using namespace compositord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t end = std::min(text.find('\0'), text.size());
    const ChangeFacts facts = parseChangeFacts(text.substr(0, end), text.substr(end));
    if (facts.labels.size() > 64) {
        std::abort();
    }
    return 0;
}
