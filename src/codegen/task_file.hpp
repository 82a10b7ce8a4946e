// Ticking a task where it is written.
#pragma once

#include "codegen/task_list.hpp"

#include <filesystem>

namespace compositord {

inline constexpr std::size_t kLargestTaskFile = std::size_t{4} << 20U;

/// The text of a tasks.md. A symbolic link is followed once.
Result<std::string> readTaskFile(const std::filesystem::path& path);

/// Changes one character of the file, at once and for good, or nothing: see withMark().
Result<> markTask(const std::filesystem::path& path, const Task& task, char mark = 'x');

} // namespace compositord
