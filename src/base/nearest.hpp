// Which name was meant by one that is not there, for messages about what people wrote.
#pragma once

#include <span>
#include <string_view>

namespace compositord {

/// The name that was probably meant; empty if none is near.
std::string_view nearest(std::string_view name, std::span<const std::string_view> names);

} // namespace compositord
