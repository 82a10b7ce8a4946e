// What a model's server says about its models.

#include "codegen/model_list.hpp"

#include <cstdint>
#include <cstdlib>

using namespace compositord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto models = parseModelList({reinterpret_cast<const char*>(data), size});
    if (models && modelsInWords(*models).size() > 4096) {
        std::abort();
    }
    return 0;
}
