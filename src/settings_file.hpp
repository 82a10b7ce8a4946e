// compositord.yaml: each key is the name of an option, with its value as the command line has it.
#pragma once

#include "settings.hpp"

#include <filesystem>
#include <string_view>

namespace compositord {

/// Puts what the text says over what is in `settings`. A list may be a sequence, a flag is true or false, and
/// a path is relative to the file's folder or begins with ~/, which stands for `home`.
Problems readSettings(std::string_view text, const std::filesystem::path& file,
                      const std::filesystem::path& home, SettingTexts& settings);

} // namespace compositord
