// Joins the sessions with language models: the steps of pipelines that ask one.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "codegen/model_client.hpp"
#include "session/step.hpp"

#include <memory>

namespace compositord {

class CodegenKeeper {
public:
    /// The loop outlives this.
    static Result<std::unique_ptr<CodegenKeeper>> open(EventLoop& loop, const Log& log);

    CodegenKeeper(const CodegenKeeper&) = delete;
    CodegenKeeper& operator=(const CodegenKeeper&) = delete;

    /// No step may be left that it made.
    ~CodegenKeeper() = default;

    /// "chat".
    Builtins builtins();

private:
    CodegenKeeper() = default;

    std::unique_ptr<ModelClient> models_;
};

} // namespace compositord
