// The rows of the table of options that are about code generation; option_table.cpp has the others.
#pragma once

#include "option_table.hpp"

#include <array>

namespace compositord {

inline constexpr std::size_t kCodegenOptions = 17;

extern const std::array<OptionRow, kCodegenOptions> kCodegenRows;

} // namespace compositord
