// What clients ask about code generation.
#pragma once

#include "world/codegen_service.hpp"
#include "world/types.hpp"

#include <variant>

namespace compositord {

struct ListCodegen {};

/// From now on the client is told what changes, beginning with how everything stands.
struct FollowCodegen {};

struct UnfollowCodegen {};

/// How one task stands, with its diff and what proves it.
struct ShowCodegen {
    CodegenTaskId task;
};

struct RunCodegen {
    CodegenTaskId task;
};

struct ApplyCodegen {
    CodegenTaskId task;
};

struct DiscardCodegen {
    CodegenTaskId task;
};

struct RevertCodegen {
    CodegenTaskId task;
};

struct ReportCodegen {};

using CodegenAction = std::variant<ListCodegen, FollowCodegen, UnfollowCodegen, ShowCodegen, RunCodegen,
                                   ApplyCodegen, DiscardCodegen, RevertCodegen, ReportCodegen>;

struct CodegenMessage {
    RequestId id;
    CodegenAction action;
};

} // namespace compositord
