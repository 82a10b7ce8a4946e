// Joins the sessions with language models: the steps of pipelines that ask one.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "codegen/model_client.hpp"
#include "codegen/workspace_folder.hpp"
#include "generate_step.hpp"
#include "session/step.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace compositord {

class CodegenKeeper {
public:
    struct Settings {
        Child::Settings child;                      // how checks are run
        std::filesystem::path folder;               // shared with other processes; empty: nowhere to work
        std::vector<std::filesystem::path> prompts; // folders; what is in a later one wins
    };

    /// The loop outlives this.
    static Result<std::unique_ptr<CodegenKeeper>> open(EventLoop& loop, const Log& log, Settings settings);

    CodegenKeeper(const CodegenKeeper&) = delete;
    CodegenKeeper& operator=(const CodegenKeeper&) = delete;

    /// No step may be left that it made.
    ~CodegenKeeper() = default;

    /// "chat" and "generate".
    Builtins builtins();

private:
    CodegenKeeper() = default;

    std::optional<WorkspaceFolder> folder_; // its end is the last
    std::unique_ptr<ModelClient> models_;
    std::unique_ptr<Worker> worker_;
    std::unique_ptr<Afterwards> afterwards_;
    std::unique_ptr<GenerateContext> generate_;
};

} // namespace compositord
