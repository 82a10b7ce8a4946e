// Answers of models: what is taken stays inside of the project, and what is refused is told why.

#include "codegen/answer.hpp"

#include "codegen/answer_diff.hpp"

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>

using namespace compositord;

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto answer = parseAnswer(text);
    if (!answer) {
        require(!answer.error().empty() && !answer.error().front().empty());
        return 0;
    }
    require(!answer->edits.empty() && answer->edits.size() <= kMostEdits);
    std::set<std::string> paths;
    for (const FileEdit& edit : answer->edits) {
        require(problemOfPath(edit.path).empty() && paths.insert(edit.path).second);
        if (edit.kind == FileEdit::Kind::patch) {
            // What was made right stays as it is.
            const auto again = splitDiff(edit.text);
            require(again && again->size() == 1 && again->front() == edit);
        }
    }
    return 0;
}
