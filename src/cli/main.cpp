#include "cli/command.hpp"

#include <span>
#include <utility>

int main(int argc, char** argv) {
    return std::to_underlying(compositord::cli::runCommandLine({argv, static_cast<std::size_t>(argc)}));
}
