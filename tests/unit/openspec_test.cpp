// Real folders: which roots and changes are found in them, and one task ticked there.

#include "codegen/openspec.hpp"
#include "codegen/task_file.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace compositord;

namespace {

namespace fs = std::filesystem;

class OpenSpecTest : public testing::Test {
protected:
    void SetUp() override {
        std::string name = fs::temp_directory_path() / "openspec-test-XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        top = name;
    }

    void TearDown() override { fs::remove_all(top); }

    void put(const std::string& path, const std::string& content) const {
        fs::create_directories((top / path).parent_path());
        std::ofstream(top / path, std::ios::binary) << content;
    }

    std::string get(const std::string& path) const {
        std::stringstream text;
        text << std::ifstream(top / path, std::ios::binary).rdbuf();
        return text.str();
    }

    fs::path top;
};

TEST_F(OpenSpecTest, FindsRootsAlsoNestedOnes) {
    put("openspec/changes/a/tasks.md", "");
    put("parts/deep/openspec/config.yaml", "");
    put("node_modules/x/openspec/config.yaml", "");
    put(".git/openspec/config.yaml", "");
    fs::create_directory_symlink(top / "parts", top / "link");
    EXPECT_EQ(findSpecRoots(top), (std::vector<fs::path>{top / "openspec", top / "parts/deep/openspec"}));
    EXPECT_EQ(findSpecRoots(top / "openspec"), std::vector<fs::path>{top / "openspec"});
    EXPECT_TRUE(findSpecRoots(top / "none").empty());
}

TEST_F(OpenSpecTest, ReadsChangesAndSaysWhatIsWrongWithThem) {
    put("openspec/changes/Good One/proposal.md", "");
    put("openspec/changes/Good One/specs/b/spec.md", "");
    put("openspec/changes/Good One/specs/a/c/spec.md", "");
    put("openspec/changes/Good One/.openspec.yaml", "schema: spec-driven\n");
    put("openspec/changes/Good One/TASKS.md", "- [ ] one\n- [x] two\n");
    put("openspec/changes/empty/design.md", "");
    put("openspec/changes/words/tasks.md", "Do it.\n```\n- [ ] no\n```\n");
    put("openspec/changes/archive/2026-01-01-old/tasks.md", "- [ ] old\n");
    const auto changes = readChanges(top / "openspec");
    ASSERT_TRUE(changes);
    ASSERT_EQ(changes->size(), 3U);
    const SpecChange& good = changes->front();
    const fs::path folder = top / "openspec/changes/Good One";
    EXPECT_EQ(good.documents, (std::vector<fs::path>{folder / "proposal.md", folder / "specs/a/c/spec.md",
                                                     folder / "specs/b/spec.md"}));
    EXPECT_EQ(good.tasks.tasks.size(), 2U);
    EXPECT_EQ(good.metadata, folder / ".openspec.yaml");
    EXPECT_TRUE(good.problem.empty());
    EXPECT_EQ((*changes)[1].problem, "it has no tasks.md");
    EXPECT_TRUE((*changes)[2].problem.contains("code fences only"));
    EXPECT_TRUE(readChange(top / "openspec", "empty"));
    for (const char* name : {"none", "archive", "..", "", "a/b"}) {
        EXPECT_FALSE(readChange(top / "openspec", name)) << name;
    }
    EXPECT_FALSE(readChanges(top));
}

TEST_F(OpenSpecTest, TicksInPlaceAndKeepsTheMode) {
    put("real/tasks.md", "- [ ] one\r\n- [ ] two\r\n");
    chmod((top / "real/tasks.md").c_str(), 0640);
    fs::create_symlink("real/tasks.md", top / "tasks.md");
    const TaskList list = parseTasks(*readTaskFile(top / "tasks.md"));
    ASSERT_TRUE(markTask(top / "tasks.md", list.tasks[1]));
    EXPECT_EQ(get("real/tasks.md"), "- [ ] one\r\n- [x] two\r\n");
    EXPECT_TRUE(fs::is_symlink(top / "tasks.md"));
    struct stat status{};
    ASSERT_EQ(stat((top / "real/tasks.md").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0640U);
    EXPECT_EQ(std::distance(fs::directory_iterator(top / "real"), fs::directory_iterator()), 1);

    put("real/tasks.md", "- [ ] zero\r\n- [ ] one\r\n- [ ] two\r\n");
    EXPECT_EQ(markTask(top / "tasks.md", list.tasks[1]).error().code, ESTALE);
    EXPECT_EQ(get("real/tasks.md"), "- [ ] zero\r\n- [ ] one\r\n- [ ] two\r\n");
}

} // namespace
