// An archive of a few texts, as tar(1) and people's file managers read it.
#pragma once

#include <ctime>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace compositord::cli {

/// Name and content of each file. Names are plain and have at most 99 bytes.
using Texts = std::vector<std::pair<std::string, std::string>>;

/// A .tar.gz with all of them in one folder.
std::string archive(std::string_view folder, const Texts& texts, std::time_t time);

} // namespace compositord::cli
