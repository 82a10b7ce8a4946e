// Which checks prove a set of changed files.
#pragma once

#include "base/error.hpp"
#include "codegen/diagnostics.hpp"
#include "codegen/workspace.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace compositord {

struct Check {
    std::string name; // "cargo check"
    std::vector<std::string> command;
    std::filesystem::path folder; // in the tree, relative; empty: its top
    DiagnosticFormat format = DiagnosticFormat::plain;
};

/// A check of the user's own: for files that match one of the globs ("*" matches "/" too).
struct CustomCheck {
    std::vector<std::string> paths;
    Check check;
};

struct CheckPlan {
    bool tests = false; // the task asks for them
    std::vector<CustomCheck> custom;
    std::vector<std::string> unchecked{"*.md",
                                       "*.txt"}; // nothing proves these, but they may change beside code
};

/// Rust: cargo check, clippy, fmt and test in the crate; JavaScript: node --check, eslint where it is set up;
/// TypeScript: tsc, eslint the same. Programs of node_modules are looked for in the tree and in `repository`.
/// An error if there is a file that nothing checks, or nothing to check: it cannot be proven.
Result<std::vector<Check>> planChecks(const std::filesystem::path& tree, const WorkspaceChanges& changes,
                                      const CheckPlan& plan);

} // namespace compositord
