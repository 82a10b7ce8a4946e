// Prints, for each file of tasks that it is given, what the CLI should count. For
// tests/integration/test_openspec.py.

#include "codegen/task_file.hpp"

#include <cstdio>

int main(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const auto text = compositord::readTaskFile(argv[i]);
        if (!text) {
            std::fprintf(stderr, "%s\n", text.error().message().c_str());
            return 1;
        }
        std::printf("%zu\n", compositord::parseTasks(*text).countedByCli());
    }
    return 0;
}
