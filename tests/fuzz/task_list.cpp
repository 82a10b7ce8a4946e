// A tasks.md: whatever it holds, marking a task changes that one task and nothing else,
// and each has a name of its own.

#include "codegen/task_list.hpp"

#include "codegen/task_naming.hpp"

#include <cstdint>
#include <cstdlib>
#include <set>

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
    const std::vector<std::string> names = taskNames(list);
    if (names.size() != list.tasks.size() || std::set(names.begin(), names.end()).size() != names.size()) {
        std::abort();
    }
    for (const Task& task : list.tasks) {
        for (const std::string& path : pathsIn(task)) {
            if (path.empty() || path.front() == '/' || ("/" + path + "/").contains("/../")) {
                std::abort();
            }
        }
        labelsIn(task);
        wantsTests(task);
    }
    return 0;
}
