// A pipeline's file, and what clients' words become in its commands: never an option.

#include "session/pipeline.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

using namespace compositord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto pipeline = parsePipeline("p", text);
    if (!pipeline) {
        return 0;
    }
    const PlaceholderValues values{{"task", std::string(text)}, {"session", "s"}};
    for (const Step& step : pipeline->steps) {
        if (step.command.empty() == step.builtin.empty()) {
            std::abort();
        }
        const auto words = fillCommand(step.command, values);
        if (words && (words->size() != step.command.size() ||
                      (!words->empty() && words->front() != step.command.front()))) {
            std::abort();
        }
    }
    return 0;
}
