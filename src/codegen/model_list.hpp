// Which models a server has, as it says when asked with GET /models.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace compositord {

/// Their names, at most so many that a person reads them; an error if it is no such answer.
Result<std::vector<std::string>> parseModelList(std::string_view answer);

/// For the end of a sentence: "; it has a, b and 3 more".
std::string modelsInWords(const std::vector<std::string>& models);

} // namespace compositord
