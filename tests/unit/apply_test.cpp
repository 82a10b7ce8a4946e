// What is applied, ticked and taken back in a real repository, also when the program is killed at each step.

#include "codegen/apply.hpp"
#include "faults.hpp"
#include "git_repository.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace compositord;

namespace {

constexpr const char* kOpen = "# Tasks\r\n- [ ] 1.1 Do it\r\n- [ ] 1.2 Then this\r\n";
constexpr const char* kTicked = "# Tasks\r\n- [x] 1.1 Do it\r\n- [ ] 1.2 Then this\r\n";

class ApplyTest : public GitRepository {
protected:
    void SetUp() override {
        GitRepository::SetUp();
        commit("src/a.txt", "one\n");
        commit("src/gone.txt", "gone\n");
        commit("openspec/changes/c/tasks.md", kOpen);
        git({"checkout", "--quiet", "-b", "work"});
        policy.branchPrefix = "made/";
    }

    WorkspaceChanges changes() const {
        return {repository,
                git({"rev-parse", "HEAD"}),
                {{"src/a.txt", "one\n", "two\n", false},
                 {"src/deep/new.txt", std::nullopt, "new\n", false},
                 {"src/gone.txt", "gone\n", std::nullopt, false}}};
    }

    static Validated validated(const WorkspaceChanges& set) {
        const Check check{"true", {"true"}};
        CheckOutcome outcome{.check = check};
        outcome.status = 0;
        auto result = Validated::of(set, set, {check}, {outcome});
        EXPECT_TRUE(result) << result.error().message();
        return *result;
    }

    std::filesystem::path tasks() const { return repository / "openspec/changes/c/tasks.md"; }

    TaskPlace place() const { return {"c", tasks(), parseTasks(kOpen).tasks[0]}; }

    Applier applier() const { return {base / "records", policy}; }

    Result<Applied> apply(const std::string& id = "a1") const {
        return applier().apply(id, validated(changes()), place(), "test-model");
    }

    void expectTree(bool applied) const {
        EXPECT_EQ(get(repository / "src/a.txt"), applied ? "two\n" : "one\n");
        EXPECT_EQ(get(repository / "src/deep/new.txt"), applied ? "new\n" : "");
        EXPECT_EQ(std::filesystem::exists(repository / "src/gone.txt"), !applied);
    }

    void expectBranch(bool applied) const {
        const std::string branches = git({"branch", "--list", "made/c"});
        EXPECT_EQ(!branches.empty(), applied);
        if (applied) {
            EXPECT_EQ(git({"show", "made/c:src/a.txt"}), "two");
            EXPECT_EQ(git({"diff", "--name-status", "work", "made/c"}),
                      "M\tsrc/a.txt\nA\tsrc/deep/new.txt\nD\tsrc/gone.txt");
        }
    }

    /// All or nothing: the code, the tick, the evidence.
    void expectWhole(bool applied) const {
        if (policy.onBranch) {
            expectBranch(applied);
            expectTree(false);
        } else {
            expectTree(applied);
        }
        EXPECT_EQ(get(tasks()), applied ? kTicked : kOpen);
        EXPECT_EQ(std::filesystem::exists(tasks().parent_path() / "evidence/a1.json"), applied);
        for (const auto& entry : std::filesystem::recursive_directory_iterator(repository)) {
            EXPECT_FALSE(entry.path().filename().native().contains("compositord")) << entry.path();
        }
    }

    /// Kills a process in which `action` runs before its n-th sync or rename. False: it made less of them.
    static bool killAt(int n, const std::function<bool()>& action) {
        const pid_t child = fork();
        if (child == 0) {
            int left = n;
            const auto count = [&left] {
                if (--left == 0) {
                    kill(getpid(), SIGKILL);
                }
            };
            faults::onSync = [&](int) {
                count();
                return 0;
            };
            faults::onRename = [&](const char*, const char*, unsigned) { count(); };
            _exit(action() ? 0 : 1);
        }
        int status = 0;
        EXPECT_EQ(waitpid(child, &status, 0), child);
        EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << "at " << n;
        return WIFSIGNALED(status);
    }

    ApplyPolicy policy;
};

TEST_F(ApplyTest, MakesACommitOnABranchAndGoesBack) {
    const auto applied = apply();
    ASSERT_TRUE(applied) << applied.error().message();
    EXPECT_EQ(applied->branch, "made/c");
    EXPECT_EQ(git({"rev-parse", "made/c"}), applied->commit);
    expectWhole(true);
    const std::string proof = get(applied->evidence);
    for (const std::string& part : {applied->commit, std::string(R"("command":["true"])"),
                                    std::string("\"status\":0"), std::string("test-model")}) {
        EXPECT_TRUE(proof.contains(part)) << part << " in " << proof;
    }
    EXPECT_EQ(git({"rev-parse", "--abbrev-ref", "HEAD"}), "work");
    EXPECT_EQ(applier().baseFor(repository, "c").value(), applied->commit)
        << "the next one goes on from there";

    const auto reverted = applier().revert("a1");
    ASSERT_TRUE(reverted) << reverted.error().message();
    expectWhole(false);
    EXPECT_EQ(applier().baseFor(repository, "c").value(), "HEAD");
    EXPECT_TRUE(apply()) << "and it can be done again";
}

TEST_F(ApplyTest, ChangesTheTreeAndGoesBack) {
    policy.onBranch = false;
    const auto applied = apply();
    ASSERT_TRUE(applied) << applied.error().message();
    expectWhole(true);
    put(repository / "src/a.txt", "mine\n");
    EXPECT_FALSE(applier().revert("a1")) << "not over what somebody wrote since";
    put(repository / "src/a.txt", "two\n");
    const auto reverted = applier().revert("a1");
    ASSERT_TRUE(reverted) << reverted.error().message();
    expectWhole(false);
}

TEST_F(ApplyTest, NeverGoesOverWhatIsNotCommitted) {
    policy.onBranch = false;
    put(repository / "src/a.txt", "mine\n");
    EXPECT_EQ(apply().error().code, EBUSY);
    EXPECT_EQ(get(repository / "src/a.txt"), "mine\n");
    git({"checkout", "--quiet", "src/a.txt"});
    put(repository / "src/deep/new.txt", "mine\n");
    EXPECT_EQ(apply().error().code, EBUSY) << "nor over a file that git does not know";
    put(repository / ".git/info/exclude", "new.txt\n");
    EXPECT_EQ(apply().error().code, ESTALE) << "nor over one that it ignores";
    EXPECT_EQ(get(repository / "src/deep/new.txt"), "mine\n");
    EXPECT_EQ(get(tasks()), kOpen);
}

TEST_F(ApplyTest, KeepsToThePolicy) {
    policy.onBranch = false;
    git({"checkout", "--quiet", "main"});
    EXPECT_EQ(apply().error().code, EPERM);
    policy.onBranch = true;
    policy.protectedBranches = {"made/*"};
    EXPECT_EQ(apply().error().code, EPERM);
    policy.protectedBranches = {};
    git({"checkout", "--quiet", "-b", "made/c"});
    EXPECT_EQ(apply().error().code, EBUSY) << "it is checked out";
    git({"commit", "--quiet", "--allow-empty", "-m", "more"});
    const WorkspaceChanges old = changes();
    git({"checkout", "--quiet", "work"});
    EXPECT_EQ(apply().error().code, ESTALE) << "the branch has moved on";
    EXPECT_TRUE(applier().apply("a1", validated(old), place(), "m")) << "what begins at its tip is let";
    git({"checkout", "--quiet", "-B", "made/c", "made/c"});
    EXPECT_FALSE(applier().revert("a1")) << "not under somebody's feet";
}

TEST_F(ApplyTest, RefusesWhatCouldNotBeTicked) {
    put(tasks(), "# Tasks\r\n\r\n- [ ] 1.1 Do it\r\n");
    EXPECT_EQ(apply().error().code, ESTALE);
    expectBranch(false);
    put(tasks(), kOpen);
    EXPECT_FALSE(apply("../a1"));
    EXPECT_TRUE(apply());
    EXPECT_FALSE(apply()) << "the name is taken";
}

TEST_F(ApplyTest, OnlyWhatPassedAllItsChecks) {
    const WorkspaceChanges set = changes();
    const Check check{"true", {"true"}};
    CheckOutcome good{.check = check};
    good.status = 0;
    CheckOutcome bad = good;
    bad.status = 1;
    CheckOutcome late = good;
    late.problem = "it took too long";
    WorkspaceChanges other = set;
    other.files[0].after = "three\n";
    EXPECT_TRUE(Validated::of(set, set, {check}, {good}));
    EXPECT_FALSE(Validated::of(set, set, {check}, {bad}));
    EXPECT_FALSE(Validated::of(set, set, {check}, {late}));
    EXPECT_FALSE(Validated::of(set, set, {check, check}, {good}));
    EXPECT_FALSE(Validated::of(set, set, {}, {}));
    EXPECT_FALSE(Validated::of(set, other, {check}, {good}));
    EXPECT_FALSE(Validated::of({}, {}, {check}, {good}));
}

TEST_F(ApplyTest, IsWholeAfterAKillAtEachStep) {
    for (const bool onBranch : {true, false}) {
        policy.onBranch = onBranch;
        int taken = 0;
        int finished = 0;
        for (int n = 1;; ++n) {
            ASSERT_LT(n, 100);
            const bool killed = killAt(n, [&] { return apply().has_value(); });
            const auto said = applier().recover();
            const bool done = get(tasks()) == kTicked;
            ++(done ? finished : taken);
            SCOPED_TRACE(testing::Message()
                         << "killed at " << n << (onBranch ? " of a branch" : " of a tree"));
            expectWhole(done);
            for (const std::string& line : said) {
                EXPECT_FALSE(line.contains("needs you")) << line;
            }
            if (done) {
                ASSERT_TRUE(applier().revert("a1"));
            }
            expectWhole(false);
            std::filesystem::remove(repository / "src/deep");
            if (!killed) {
                break;
            }
        }
        EXPECT_GT(taken, 2);
        EXPECT_GT(finished, 3);
    }
}

TEST_F(ApplyTest, GoesBackWhollyAfterAKillAtEachStep) {
    for (const bool onBranch : {true, false}) {
        policy.onBranch = onBranch;
        for (int n = 1;; ++n) {
            ASSERT_LT(n, 100);
            ASSERT_TRUE(apply());
            const bool killed = killAt(n, [&] { return applier().revert("a1").has_value(); });
            applier().recover();
            SCOPED_TRACE(testing::Message()
                         << "killed at " << n << (onBranch ? " of a branch" : " of a tree"));
            const bool done = get(tasks()) == kTicked;
            expectWhole(done);
            if (done) {
                ASSERT_TRUE(applier().revert("a1"));
            }
            if (!killed) {
                break;
            }
        }
    }
}

} // namespace
