// A file replaced at once and for good: readers see the old one or the new one, and so does who comes after a
// crash.
#pragma once

#include "base/error.hpp"
#include "base/files.hpp"

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace compositord {

/// In an open folder. With `expected`, only if the file is still that one: code ESTALE. What a crash leaves
/// is one file of the name leftoverName().
Result<> replaceFile(int folder, const std::string& name, std::string_view content, mode_t mode,
                     const std::optional<FileIdentity>& expected = std::nullopt);

std::string leftoverName(std::string_view name);

/// The same by path; the folder must be there. Keeps the mode of a file that is.
Result<> replaceFile(const std::filesystem::path& path, std::string_view content,
                     const std::optional<FileIdentity>& expected = std::nullopt);

} // namespace compositord
