// A step of a pipeline that has a language model change a repository until its checks pass. It works in a
// worktree of its own; its result is the diff, proven by the checks and applied to nothing.
//
//   {"name": "write", "builtin": "generate", "settings": {"repository": "/home/me/project", "task":
//   "{task}"}}
//
// The settings of "chat" that name models are taken too (url, model, …), and:
//   repository   any folder of a git repository; without it the step is refused
//   task         what is to be done, with places; "{task}" if it is left out
//   files        paths of files to show to the model, with blanks between, with places
//   roots        folders that may be changed, with blanks between; all of it if it is left out
//   tests        "yes": the project's tests are among the checks
//   check_seconds, check_memory, check_processes   what one check may take: time, MiB of each process, how
//                many processes at a time; it ends too when less than 1 GiB of the disk is free
#pragma once

#include "codegen/generation.hpp"
#include "session/step.hpp"

namespace compositord {

StepFactory generateStep(GenerateContext& context);

} // namespace compositord
