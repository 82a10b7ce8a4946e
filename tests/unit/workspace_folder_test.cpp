#include "codegen/workspace_folder.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace compositord;

TEST(WorkspaceFolder, IsRemovedOnlyWhenItsProcessHasEnded) {
    std::string root = (std::filesystem::temp_directory_path() / "workspaces-XXXXXX").string();
    ASSERT_NE(mkdtemp(root.data()), nullptr);
    const std::filesystem::path shared = std::filesystem::path(root) / "workspaces";
    {
        auto mine = WorkspaceFolder::create(shared);
        ASSERT_TRUE(mine) << mine.error().message();
        std::ofstream(mine->path() / "file") << "x";
        // As one that was killed.
        const pid_t child = fork();
        if (child == 0) {
            const auto other = WorkspaceFolder::create(shared);
            std::filesystem::create_directories(other->path() / "task/tree");
            _exit(other ? 0 : 1);
        }
        int status = -1;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        ASSERT_EQ(status, 0);
        const auto count = [&] {
            return std::distance(std::filesystem::directory_iterator(shared),
                                 std::filesystem::directory_iterator());
        };
        EXPECT_EQ(count(), 4); // each with its lock
        EXPECT_TRUE(WorkspaceFolder::removeAbandoned(shared));
        EXPECT_EQ(count(), 2);
        EXPECT_TRUE(std::filesystem::exists(mine->path() / "file"));
    }
    EXPECT_TRUE(std::filesystem::is_empty(shared));
    std::filesystem::remove_all(root);
}
