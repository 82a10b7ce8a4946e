// Prints, for each file of tasks that it is given, what the CLI should count, and how many bullets outside of
// fences are done. For
// tests/integration/test_openspec.py.

#include "codegen/task_file.hpp"

#include <algorithm>
#include <cstdio>

int main(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const auto text = compositord::readTaskFile(argv[i]);
        if (!text) {
            std::fprintf(stderr, "%s\n", text.error().message().c_str());
            return 1;
        }
        const compositord::TaskList list = compositord::parseTasks(*text);
        const auto done = std::ranges::count_if(list.tasks, [](const compositord::Task& task) {
            return task.done && task.kind == compositord::Task::Kind::bullet;
        });
        std::printf("%zu %zd\n", list.countedByCli(), done);
    }
    return 0;
}
