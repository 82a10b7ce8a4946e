// A unified diff of a model, applied to a file that is there and to one that is not.

#include "codegen/patch.hpp"

#include <cstdint>
#include <cstdlib>

using namespace compositord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto files = parsePatch(text);
    if (!files) {
        return 0;
    }
    for (const FilePatch& file : *files) {
        if (file.path.empty() || file.hunks.empty()) {
            std::abort();
        }
        // What it says is there: then it fits.
        std::string before;
        for (const PatchHunk& hunk : file.hunks) {
            for (const PatchLine& line : hunk.lines) {
                if (line.kind != PatchLine::Kind::added) {
                    before += line.text + '\n';
                }
            }
        }
        applyPatch(before, file);
        applyPatch(std::string(text), file);
        applyPatch(std::nullopt, file);
    }
    return 0;
}
