// A tasks.md: whatever it holds, marking a task changes that one task and nothing else.

#include "codegen/task_list.hpp"

#include <cstdint>
#include <cstdlib>

using namespace compositord;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const TaskList list = parseTasks(text);
    std::size_t marked = 0;
    for (const Task& task : list.tasks) {
        if (task.parent && *task.parent >= list.tasks.size()) {
            std::abort();
        }
        if (task.done || ++marked > 20) { // each parses the text twice
            continue;
        }
        const auto ticked = withMark(text, task);
        if (!ticked) {
            continue;
        }
        const TaskList after = parseTasks(*ticked);
        if (after.tasks.size() != list.tasks.size() || after.countedByCli() != list.countedByCli() ||
            ticked->size() > text.size()) {
            std::abort();
        }
    }
    list.open();
    return 0;
}
