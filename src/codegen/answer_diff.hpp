// Unified diffs as models write them, taken apart into files.
#pragma once

#include "codegen/answer.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

/// At least one file. The numbers in the lines `@@ -1,3 +1,4 @@`, which models get wrong, are made right
/// where they count lines; where a part belongs is for the one who applies it to find. An error is a
/// sentence.
std::expected<std::vector<FileEdit>, std::string> splitDiff(std::string_view text);

} // namespace compositord
