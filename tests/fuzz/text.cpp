// Text of peers: what goes out is UTF-8, valid JSON, and one line in the log.

#include "base/handle.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"

#include <cstdlib>
#include <string>

using namespace compositord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::string repaired = repairUtf8(text);
    std::string json;
    JsonWriter(json).value(text);
    const JsonHandle parsed(json_loadb(json.data(), json.size(), JSON_DECODE_ANY | JSON_ALLOW_NUL, nullptr));
    const bool same = parsed != nullptr && std::string_view(json_string_value(parsed.get()),
                                                            json_string_length(parsed.get())) == repaired;
    if (!isUtf8(repaired) || (isUtf8(text) && repaired != text) || !same ||
        printable(text).find_first_of("\n\r\x1b") != std::string::npos) {
        std::abort();
    }
    return 0;
}
