// Looks into what compositord answers. What is not there is empty, as an answer of a later version may leave
// out what this one knows.
#pragma once

#include "base/handle.hpp"
#include "cli/command.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace compositord::cli {

/// An object.
Outcome<JsonHandle> parse(std::string_view text);

std::string textIn(const json_t* object, const char* name);
double numberIn(const json_t* object, const char* name);
bool flagIn(const json_t* object, const char* name);

/// Of a list; what is no list has none.
std::vector<const json_t*> elementsOf(const json_t* list);
std::vector<const json_t*> listIn(const json_t* object, const char* name);
std::vector<std::string> textsIn(const json_t* object, const char* name);

/// Whether any of these cameras or windows says whose it is: compositord mirrors several compositors.
bool ofSeveral(const std::vector<const json_t*>& list);

/// In a line.
std::string dump(const json_t* value);

/// What comes from programs must not move the cursor or colour the terminal.
std::string plain(std::string_view text);

} // namespace compositord::cli
