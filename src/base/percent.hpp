// Text in an address: what has a meaning of its own there is written as %XX (RFC 3986 section 2).
#pragma once

#include <string>
#include <string_view>

namespace compositord {

/// Letters, digits and -._~ stay as they are, and what `also` has.
std::string percentEncoded(std::string_view text, std::string_view also = {});

} // namespace compositord
