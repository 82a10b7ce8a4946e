// What may name a file inside a folder that is agreed on elsewhere: a name that cannot lead out of it.
#pragma once

#include <string_view>

namespace compositord {

/// 1 to 255 bytes of UTF-8 without "/" and control characters, and neither "." nor "..".
bool isFileName(std::string_view name);

} // namespace compositord
