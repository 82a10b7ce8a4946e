// What a model may do in a workspace, and how its answers are written there. It blocks: for a worker's
// thread.
#pragma once

#include "codegen/answer.hpp"
#include "codegen/chat_request.hpp"
#include "codegen/codegen_run.hpp"
#include "codegen/workspace.hpp"

#include <string>
#include <vector>

namespace compositord {

/// read_file, list_files, search, write_file, apply_patch.
std::vector<ToolDescription> workspaceTools();

ToolOutcome useTool(Workspace& workspace, const ToolCall& call);

/// All of the edits or, if there are problems, none of them.
std::vector<std::string> writeEdits(Workspace& workspace, const std::vector<FileEdit>& edits);

} // namespace compositord
