// Code generation over HTTP: /api/v1/codegen and what is below it.
#pragma once

#include "web/routes.hpp"
#include "world/codegen_service.hpp"

namespace compositord {

/// The service outlives the routes.
void addCodegenRoutes(Routes& routes, CodegenService& codegen);

} // namespace compositord
