// What the user wants of code generation.
#pragma once

#include "codegen/apply.hpp"
#include "codegen/checks.hpp"
#include "codegen/task_filter.hpp"
#include "codegen/task_pacer.hpp"
#include "world/codegen_service.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace compositord {

struct CodegenSettings {
    std::vector<std::filesystem::path> repositories; // empty: nothing is done
    TaskFilter filter;
    CodegenPolicy policy = CodegenPolicy::manual;
    ApplyPolicy apply;
    std::vector<std::string> protectedBranches; // globs; empty: the usual ones of `apply`
    TaskPacer::Settings pace;
    std::vector<CustomCheck> checks;
    std::vector<std::string> roots;        // that may be changed, from the top of a repository; empty: all
    std::vector<std::string> reload;       // a command for applied Rust; empty: none
    bool unconfined = false;               // run checks without a sandbox where there can be none
    std::vector<std::string> modelServers; // see parseModelServers(); empty: as the environment says
    std::optional<std::chrono::seconds> modelTimeout;
};

} // namespace compositord
