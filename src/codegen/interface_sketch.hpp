// What a file offers to others, in few lines: for a model that is to use it, and need not read all of it.
#pragma once

#include <string>
#include <string_view>

namespace compositord {

/// The lines that declare something for others: of Rust what is `pub`, of JavaScript and TypeScript what is
/// exported. Empty if there are none or it is another language.
std::string sketchInterface(std::string_view path, std::string_view text);

} // namespace compositord
