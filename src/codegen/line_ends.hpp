// How lines of a text end. Models write line feeds, whatever a file has; what they change keeps its own.
#pragma once

#include <string>
#include <string_view>

namespace compositord {

/// Whether there are lines and all of them end in CR LF.
bool endsLinesAsDos(std::string_view text);

/// Without the CR before LF, and with one before each.
std::string withUnixLines(std::string_view text);
std::string withDosLines(std::string_view text);

} // namespace compositord
