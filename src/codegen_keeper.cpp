#include "codegen_keeper.hpp"

#include "chat_step.hpp"
#include "codegen/codegen_steps.hpp"

namespace compositord {

Result<std::unique_ptr<CodegenKeeper>> CodegenKeeper::open(EventLoop& loop, const Log& log,
                                                           Settings settings) {
    std::unique_ptr<CodegenKeeper> keeper(new CodegenKeeper);
    auto models = ModelClient::create(loop, log, Keyring(loop, settings.child));
    if (!models) {
        return std::unexpected(models.error());
    }
    keeper->models_ = std::move(*models);
    auto worker = Worker::create(loop);
    auto afterwards = Afterwards::create(loop);
    if (!worker || !afterwards) {
        return std::unexpected(worker ? afterwards.error() : worker.error());
    }
    keeper->worker_ = std::move(*worker);
    keeper->afterwards_ = std::move(*afterwards);
    std::filesystem::path workspaces;
    if (!settings.folder.empty()) {
        auto folder = WorkspaceFolder::create(settings.folder);
        if (folder) {
            workspaces = folder->path();
            keeper->folder_.emplace(*std::move(folder));
        } else {
            log.warn("no code will be generated: {}", folder.error().message());
        }
    }
    keeper->generate_ = std::make_unique<GenerateContext>(
        GenerateContext{*keeper->models_, *keeper->worker_, *keeper->afterwards_, std::move(settings.child),
                        std::move(workspaces), std::move(settings.prompts)});
    keeper->generate_->sandbox.allowNone = settings.codegen.unconfined;
    keeper->worker_->submit([shared = settings.folder, log]() -> Worker::Completion {
        return [removed = WorkspaceFolder::removeAbandoned(shared), log] {
            if (!removed) {
                log.warn("what an earlier run worked on is still there: {}", removed.error().message());
            }
        };
    });
    auto asked = parseModelServers(settings.codegen.modelServers, settings.codegen.modelTimeout);
    if (!asked) {
        return std::unexpected(asked.error());
    }
    auto engine = CodegenEngine::create(
        loop, log, *keeper->generate_,
        {.wanted = std::move(settings.codegen), .models = *std::move(asked), .folder = settings.kept});
    if (!engine) {
        return std::unexpected(engine.error());
    }
    keeper->engine_ = std::move(*engine);
    return keeper;
}

Builtins CodegenKeeper::builtins() {
    return {{"chat", chatStep(*models_)},
            {"generate", generateStep(*generate_)},
            {"codegen", codegenStep(*engine_)},
            {"review", reviewStep(*engine_)}};
}

std::map<std::string, Pipeline> CodegenKeeper::pipelines() const {
    if (!engine_->status().enabled) {
        return {};
    }
    Pipeline pipeline = codegenPipeline();
    return {{pipeline.name, std::move(pipeline)}};
}

} // namespace compositord
