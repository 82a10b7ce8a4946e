// What clients send to a progress socket: whole or in parts it is read the same, and never more than agreed
// on. The first byte tells the format and where it is cut.

#include "notify/progress_message.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace compositord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const ProgressFormat format = (data[0] & 1U) != 0 ? ProgressFormat::lines : ProgressFormat::frames;
    const std::size_t part = (data[0] >> 1U) + 1;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    ProgressDecoder whole(format);
    const std::size_t controls = whole.feed(bytes).size();
    ProgressDecoder parts(format);
    std::size_t same = 0;
    for (std::size_t at = 0; at < bytes.size(); at += part) {
        same += parts.feed(bytes.substr(at, part)).size();
    }
    if (same != controls || parts.malformed() != whole.malformed() || parts.lost() != whole.lost() ||
        whole.malformed() > ProgressDecoder::kMostMalformed) {
        std::abort();
    }
    return 0;
}
