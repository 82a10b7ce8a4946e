// Levels of the log, as anybody on the bus may set them: what can be read is written so that it is read again
// as the same, and what is wrong is told in a line.

#include "base/log_levels.hpp"

#include <cstdlib>
#include <string_view>

using namespace compositord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto levels = LogLevels::parse({reinterpret_cast<const char*>(data), size});
    if (levels ? LogLevels::parse(levels->text()) != *levels
               : levels.error().empty() || levels.error().find('\n') != std::string::npos) {
        std::abort();
    }
    return 0;
}
