#include "cli/command.hpp"

#include <clocale>
#include <span>
#include <utility>

int main(int argc, char** argv) {
    static_cast<void>(std::setlocale(
        LC_CTYPE, "")); // NOLINT(concurrency-mt-unsafe): one thread; for the width of characters
    return std::to_underlying(compositord::cli::runCommandLine({argv, static_cast<std::size_t>(argc)}));
}
