// The steps of sessions of the type "codegen": a model works on a task ("codegen"), and what is proven is
// applied, or waits until somebody says what is to become of it ("review").
#pragma once

#include "codegen/codegen_engine.hpp"
#include "session/pipeline.hpp"
#include "session/step.hpp"

namespace compositord {

/// They name their task by the value "id". The engine outlives the steps.
StepFactory codegenStep(CodegenEngine& engine);
StepFactory reviewStep(CodegenEngine& engine);

/// The type of session that has both.
Pipeline codegenPipeline();

} // namespace compositord
