#include "codegen_keeper.hpp"

#include "chat_step.hpp"

namespace compositord {

Result<std::unique_ptr<CodegenKeeper>> CodegenKeeper::open(EventLoop& loop, const Log& log) {
    std::unique_ptr<CodegenKeeper> keeper(new CodegenKeeper);
    auto models = ModelClient::create(loop, log);
    if (!models) {
        return std::unexpected(models.error());
    }
    keeper->models_ = std::move(*models);
    return keeper;
}

Builtins CodegenKeeper::builtins() {
    return {{"chat", chatStep(*models_)}};
}

} // namespace compositord
