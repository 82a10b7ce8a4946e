// Real git and real files: what a model may do to them, and what not.

#include "codegen/workspace.hpp"
#include "git_repository.hpp"

#include <sys/stat.h>

using namespace compositord;

namespace {

class WorkspaceTest : public GitRepository {
protected:
    void SetUp() override {
        GitRepository::SetUp();
        commit("src/a.txt", "one\ntwo\n");
        commit("other/b.txt", "b\n");
        std::filesystem::create_symlink("/etc", repository / "src/link");
        git({"add", "src/link"});
        git({"commit", "--quiet", "-m", "a link"});
        settings.repository = repository;
        settings.folder = base / "workspaces";
        settings.roots = {"src", "docs"};
    }

    Workspace open() {
        auto workspace = Workspace::create(settings, "t1");
        EXPECT_TRUE(workspace) << workspace.error().message();
        return std::move(*workspace);
    }

    Workspace::Settings settings;
};

TEST_F(WorkspaceTest, ChangesItsOwnTreeAndSaysWhat) {
    Workspace workspace = open();
    EXPECT_EQ(workspace.readFile("src/a.txt").value(), "one\ntwo\n");
    EXPECT_EQ(workspace.listFiles("").value(), (std::vector<std::string>{"other/b.txt", "src/a.txt"}));
    const auto found = workspace.search("tw", "src");
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(found->front().line, 2U);
    ASSERT_TRUE(workspace.writeFile("./src//deep/er/new.txt", "new\n"));
    ASSERT_TRUE(workspace.applyPatch("--- a/src/a.txt\n+++ b/src/a.txt\n@@ -2 +2 @@\n-two\n+2\n"));
    const auto changes = workspace.changes();
    ASSERT_TRUE(changes);
    EXPECT_EQ(changes->base, git({"rev-parse", "HEAD"}));
    ASSERT_EQ(changes->files.size(), 2U);
    EXPECT_EQ(changes->files[0], (FileChange{"src/a.txt", "one\ntwo\n", "one\n2\n", false}));
    EXPECT_EQ(changes->files[1], (FileChange{"src/deep/er/new.txt", std::nullopt, "new\n", false}));
    const auto diff = workspace.diff();
    ASSERT_TRUE(diff) << diff.error().message();
    EXPECT_TRUE(diff->contains("-two\n+2\n"));
    EXPECT_TRUE(diff->contains("+new\n"));
    EXPECT_EQ(git({"status", "--porcelain"}), "") << "the user's tree is as it was";

    ASSERT_TRUE(workspace.writeFile("src/a.txt", "one\ntwo\n"));
    ASSERT_TRUE(workspace.deleteFile("src/deep/er/new.txt"));
    EXPECT_TRUE(workspace.changes()->files.empty()) << "back as it was";
}

TEST_F(WorkspaceTest, LetsNobodyOut) {
    Workspace workspace = open();
    for (const char* path :
         {"/etc/passwd", "../x", "src/../../x", "src/link/x", "src/link", ".git", "src/.GIT/x", ".git/config",
          "", ".", "other/b.txt", "srcx", "src/a\nb", "src/a.txt/x"}) {
        EXPECT_FALSE(workspace.writeFile(path, "x")) << path;
        EXPECT_FALSE(
            workspace.applyPatch("--- /dev/null\n+++ b/" + std::string(path) + "\n@@ -0,0 +1 @@\n+x\n"))
            << path;
    }
    for (const char* path : {"/etc/passwd", "../x", "src/link/passwd", ".git"}) {
        EXPECT_FALSE(workspace.readFile(path)) << path;
        EXPECT_FALSE(workspace.deleteFile(path)) << path;
    }
    EXPECT_TRUE(workspace.readFile("other/b.txt")) << "what may not be changed may be read";
    EXPECT_TRUE(workspace.changes()->files.empty());
    // Not a wait for who writes into it.
    ASSERT_EQ(mkfifo((workspace.tree() / "src/fifo").c_str(), 0600), 0);
    EXPECT_FALSE(workspace.readFile("src/fifo"));
    EXPECT_FALSE(workspace.writeFile("src/fifo", "x"));
}

TEST_F(WorkspaceTest, AppliesAllOfAPatchOrNothing) {
    Workspace workspace = open();
    EXPECT_FALSE(workspace.applyPatch("--- a/src/a.txt\n+++ b/src/a.txt\n@@ -1 +1 @@\n-one\n+1\n"
                                      "--- a/src/none\n+++ b/src/none\n@@ -1 +1 @@\n-a\n+b\n"));
    // It can be known only at the second file that it is below one that is no folder.
    EXPECT_FALSE(workspace.applyPatch("--- a/src/a.txt\n+++ b/src/a.txt\n@@ -1 +1 @@\n-one\n+1\n"
                                      "--- /dev/null\n+++ b/src/a.txt/new\n@@ -0,0 +1 @@\n+b\n"));
    EXPECT_EQ(workspace.readFile("src/a.txt").value(), "one\ntwo\n");
    EXPECT_TRUE(workspace.changes()->files.empty());
}

TEST_F(WorkspaceTest, KeepsThePlanAndWhatIsDeniedAsTheyAre) {
    settings.roots = {"."};
    settings.denied = {"src/fixed", "./other/b.txt"};
    Workspace workspace = open();
    for (const char* path :
         {"openspec/changes/a/tasks.md", "src/openspec/changes/new/tasks.md", "openspec/specs/x/spec.md",
          "openspec/config.yaml", "openspec/AGENTS.md", "src/fixed/a.rs", "src/fixed", "other/b.txt"}) {
        EXPECT_FALSE(workspace.writeFile(path, "x")) << path;
        EXPECT_FALSE(workspace.deleteFile(path)) << path;
        EXPECT_FALSE(
            workspace.applyPatch("--- /dev/null\n+++ b/" + std::string(path) + "\n@@ -0,0 +1 @@\n+x\n"))
            << path;
    }
    EXPECT_TRUE(workspace.writeFile("src/openspec/mod.rs", "x")) << "code that is called so";
    EXPECT_TRUE(workspace.writeFile("src/openspec.rs", "x"));
    EXPECT_TRUE(workspace.writeFile("src/fixed.rs", "x"));
    settings.denied = {"../x"};
    EXPECT_FALSE(Workspace::create(settings, "t2"));
}

TEST_F(WorkspaceTest, KeepsHowLinesEnd) {
    commit("src/dos.txt", "one\r\ntwo\r\n");
    Workspace workspace = open();
    ASSERT_TRUE(workspace.writeFile("src/dos.txt", "1\n2\n"));
    EXPECT_EQ(workspace.readFile("src/dos.txt").value(), "1\r\n2\r\n");
    ASSERT_TRUE(workspace.applyPatch("--- a/src/dos.txt\n+++ b/src/dos.txt\n@@ -2 +2 @@\n-2\n+two\n"));
    EXPECT_EQ(workspace.readFile("src/dos.txt").value(), "1\r\ntwo\r\n");
    EXPECT_FALSE(workspace.writeFile("src/dos.txt", std::string("a\0b", 3))) << "no text";
}

TEST_F(WorkspaceTest, KeepsToItsLimits) {
    settings.limits.fileBytes = 10;
    settings.mostFiles = 2;
    Workspace workspace = open();
    EXPECT_EQ(workspace.writeFile("src/x", "eleven byte").error().code, EFBIG);
    EXPECT_TRUE(workspace.writeFile("src/x", "ten bytes!"));
    EXPECT_TRUE(workspace.writeFile("src/y", "y"));
    EXPECT_EQ(workspace.writeFile("src/z", "z").error().code, E2BIG);
}

TEST_F(WorkspaceTest, KeepsTheModeOfAFile) {
    put(repository / "src/run.sh", "#!/bin/sh\n");
    std::filesystem::permissions(repository / "src/run.sh", std::filesystem::perms::owner_exec,
                                 std::filesystem::perm_options::add);
    git({"add", "src/run.sh"});
    git({"commit", "--quiet", "-m", "run"});
    Workspace workspace = open();
    ASSERT_TRUE(workspace.writeFile("src/run.sh", "#!/bin/sh\ntrue\n"));
    EXPECT_TRUE(workspace.changes()->files.front().executable);
}

TEST_F(WorkspaceTest, LeavesNothingBehind) {
    {
        Workspace workspace = open();
        EXPECT_FALSE(Workspace::create(settings, "t1")) << "the name is taken";
        ASSERT_TRUE(workspace.remove());
    }
    EXPECT_FALSE(std::filesystem::exists(base / "workspaces/t1"));
    EXPECT_TRUE(Workspace::create(settings, "../t1").error().code == EINVAL);

    Workspace left = open(); // and the program is killed
    std::filesystem::create_directories(left.output() / "locked/in");
    std::filesystem::permissions(left.output() / "locked", std::filesystem::perms::none);
    std::filesystem::create_directories(base / "workspaces/cut-off");
    ASSERT_TRUE(Workspace::removeAll(base / "workspaces"));
    EXPECT_TRUE(std::filesystem::is_empty(base / "workspaces"));
    EXPECT_FALSE(git({"worktree", "list", "--porcelain"}).contains("t1"));
}

TEST_F(WorkspaceTest, RunsNoHooksAndSaysWhatIsMissing) {
    put(repository / ".git/hooks/post-checkout", "#!/bin/sh\ntouch " + (base / "hooked").string() + "\n");
    std::filesystem::permissions(repository / ".git/hooks/post-checkout", std::filesystem::perms::all);
    open();
    EXPECT_FALSE(std::filesystem::exists(base / "hooked"));
    settings.base = "nowhere";
    const auto none = Workspace::create(settings, "t2");
    ASSERT_FALSE(none);
    EXPECT_TRUE(none.error().message().contains("there is no commit nowhere"));
    settings.repository = base;
    EXPECT_FALSE(Workspace::create(settings, "t3"));
}

} // namespace
