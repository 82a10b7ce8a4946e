// Joins the sessions with language models: the steps of pipelines that ask one, and the tasks that they do.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "codegen/codegen_engine.hpp"
#include "codegen/codegen_settings.hpp"
#include "codegen/model_client.hpp"
#include "codegen/workspace_folder.hpp"
#include "generate_step.hpp"
#include "session/pipeline.hpp"
#include "session/step.hpp"
#include "world/codegen_service.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace compositord {

class CodegenKeeper {
public:
    struct Settings {
        Child::Settings child;        // how checks are run
        std::filesystem::path folder; // shared with other processes; empty: nowhere to work
        std::filesystem::path kept;   // of proposals and applications; empty: nowhere
        CodegenSettings codegen;
        std::vector<std::filesystem::path> prompts; // folders; what is in a later one wins
    };

    /// The loop outlives this.
    static Result<std::unique_ptr<CodegenKeeper>> open(EventLoop& loop, const Log& log, Settings settings);

    CodegenKeeper(const CodegenKeeper&) = delete;
    CodegenKeeper& operator=(const CodegenKeeper&) = delete;

    /// No step may be left that it made.
    ~CodegenKeeper() = default;

    /// "chat" and "generate", and those of the type of session "codegen".
    Builtins builtins();

    /// That sessions have beside those that files describe.
    std::map<std::string, Pipeline> pipelines() const;

    /// Where tasks run; they go before this.
    void attach(SessionService& sessions) { engine_->attach(sessions); }

    CodegenService& service() { return *engine_; }

private:
    CodegenKeeper() = default;

    std::optional<WorkspaceFolder> folder_; // its end is the last
    std::unique_ptr<ModelClient> models_;
    std::unique_ptr<Worker> worker_;
    std::unique_ptr<Afterwards> afterwards_;
    std::unique_ptr<GenerateContext> generate_;
    std::unique_ptr<CodegenEngine> engine_;
};

} // namespace compositord
