// The arrows between the folders of src/ point one way: who may include whom.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

TEST(Layering, FoldersIncludeOnlyWhatIsBelowThem) {
    const std::map<std::string, std::set<std::string>> allowed{
        {"base", {"base"}},
        {"world", {"world"}},
        {"manifest", {"manifest", "world", "base"}},
        {"compositor", {"compositor", "world", "base"}},
        {"notify", {"notify", "world", "base"}},
        {"codegen", {"codegen", "session", "world", "base"}}, // it is a step of sessions, and runs children
        {"session", {"session", "world", "base"}},
        {"web", {"web", "world", "base"}},
    };
    const std::regex include("^#include \"([a-z_]+)/");
    const std::filesystem::path source(SOURCE_DIR);
    int files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(source)) {
        const auto relative = entry.path().lexically_relative(source);
        const std::string folder = relative.begin()->string();
        if (!entry.is_regular_file() || relative.begin() == --relative.end()) {
            continue; // the composition root knows everybody
        }
        ASSERT_TRUE(allowed.contains(folder)) << "say here what " << folder << " may include";
        ++files;
        std::ifstream file(entry.path());
        for (std::string line; std::getline(file, line);) {
            std::smatch match;
            if (std::regex_search(line, match, include)) {
                EXPECT_TRUE(allowed.at(folder).contains(match[1])) << relative << " includes " << match[1];
            }
        }
    }
    EXPECT_GT(files, 20);
}
