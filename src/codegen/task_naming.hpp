// What a task is called by those who want it run, and what its words say beside what is to be done: labels,
// and the files that it is about.
#pragma once

#include "codegen/task_list.hpp"

#include <string>
#include <vector>

namespace compositord {

/// One for each task of the list, in its order, each another: its number, or its title made a name. Lines
/// that come and go elsewhere do not change it.
std::vector<std::string> taskNames(const TaskList& list);

/// "#rust" in its text or details gives "rust". Numbers, as of issues, are none.
std::vector<std::string> labelsIn(const Task& task);

/// Paths that its text and details name, from the top of the repository, in their order: what is in
/// back-quotes or has a slash, and ends like the name of a file. Nobody has looked whether there are such
/// files.
std::vector<std::string> pathsIn(const Task& task);

/// Whether it says that there are to be tests.
bool wantsTests(const Task& task);

} // namespace compositord
