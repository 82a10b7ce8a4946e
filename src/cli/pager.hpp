// Text for people that may be long: through a pager on a terminal, as git does it.
#pragma once

#include <string>
#include <string_view>

namespace compositord::cli {

/// To the standard output; by $PAGER, or less, if that is a terminal.
void page(std::string_view text);

/// A unified diff with colours, if they are wanted. Control characters in it are made harmless.
std::string colourDiff(std::string_view diff, bool colours);

} // namespace compositord::cli
