// The parts of code generation that neither read a file nor wait for anything.

#include "codegen/change_facts.hpp"
#include "codegen/codegen_metrics.hpp"
#include "codegen/interface_sketch.hpp"
#include "codegen/task_board.hpp"
#include "codegen/task_filter.hpp"
#include "codegen/task_memory.hpp"
#include "codegen/task_naming.hpp"
#include "codegen/task_pacer.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace compositord;
using namespace std::chrono_literals;

namespace {

using Names = std::vector<std::string>;

Task only(const std::string& text) {
    return parseTasks(text).tasks.front();
}

WallTime at(std::chrono::milliseconds time) {
    return WallTime(std::chrono::hours(1000) + time);
}

} // namespace

TEST(TaskNames, StayWhenOtherLinesComeAndGo) {
    const std::string before = "- [ ] 1.1 One\n- [ ] Write the **client**!\n- [ ] écrire\n";
    const std::string after =
        "# New\n- [ ] 0.9 Zero\n- [x] 1.1 One\n- [ ] Write the **client**!\n- [ ] écrire\n";
    const Names names = taskNames(parseTasks(before));
    EXPECT_EQ(names[0], "1.1");
    EXPECT_EQ(names[1], "write-the-client");
    const Names later = taskNames(parseTasks(after));
    EXPECT_EQ(Names(later.begin() + 1, later.end()), names);
}

TEST(TaskNames, AreDifferentForTasksOfOneWording) {
    const Names names =
        taskNames(parseTasks("- [ ] Test\n- [ ] Test\n- [ ] 1.1 A\n- [ ] 1.1 B\n- [ ] 中文\n- [ ] 日本\n"));
    EXPECT_EQ(Names(names.begin(), names.begin() + 4), (Names{"test", "test~2", "1.1", "1.1~2"}));
    EXPECT_TRUE(names[4].starts_with("task-"));
    EXPECT_NE(names[4], names[5]);
}

TEST(TaskWords, NameLabelsFilesAndTests) {
    const Task task =
        only("- [ ] 2.3 Write `src/bridge.rs` and web/client.js, see issue #12 #rust (#bridge).\n"
             "  - with unit tests in ./tests/bridge.rs:40\n"
             "  - not ../etc/passwd.txt, /etc/hosts.conf, http://a.b/c.html, v1.2, Node.js or e.g.\n");
    EXPECT_EQ(labelsIn(task), (Names{"rust", "bridge"}));
    EXPECT_EQ(pathsIn(task), (Names{"src/bridge.rs", "web/client.js", "tests/bridge.rs"}));
    EXPECT_TRUE(wantsTests(task));
    EXPECT_FALSE(wantsTests(only("- [ ] Write the contest page, latest version\n")));
}

TEST(TaskFilters, WantOneOfEachKind) {
    const TaskFilter filter{.changes = {"compositor-*"}, .labels = {"rust", "js"}, .paths = {"src/*"}};
    EXPECT_EQ(filter.obstacle("compositor-bridge", {"js"}, {"src/a/b.rs"}), "");
    EXPECT_NE(filter.obstacle("other", {"js"}, {"src/a.rs"}), "");
    EXPECT_NE(filter.obstacle("compositor-bridge", {"python"}, {"src/a.rs"}), "");
    EXPECT_NE(filter.obstacle("compositor-bridge", {"js"}, {}), "");
    EXPECT_EQ(TaskFilter().obstacle("any", {}, {}), "");
}

TEST(ChangeFactsTest, AreInTheMetadataOrElseInTheProposal) {
    EXPECT_EQ(parseChangeFacts("priority: high\nlabels: [rust, bridge]\ntags: [x]", "**Priority**: LOW"),
              (ChangeFacts{SessionPriority::high, {"rust", "bridge", "x"}, ""}));
    EXPECT_EQ(parseChangeFacts("schema: spec-driven", "# X\n\n- **State**: PROPOSED\n- **Priority**: HIGH\n")
                  .priority,
              SessionPriority::high);
    EXPECT_EQ(parseChangeFacts("", "").priority, SessionPriority::normal);
    EXPECT_NE(parseChangeFacts("priority: soon", "").problem, "");
    EXPECT_NE(parseChangeFacts("a: [", "").problem, "");
    EXPECT_NE(parseChangeFacts(std::string(100000, '['), "").problem, "");
}

TEST(TaskPacerTest, LetsSoManyBeginInAnHour) {
    TaskPacer pacer({.mostPerHour = 2}, {at(-2h), at(0s)});
    EXPECT_FALSE(pacer.wait(at(1min)));
    pacer.onStarted(at(1min));
    EXPECT_EQ(pacer.wait(at(2min)), 58min);
    EXPECT_FALSE(pacer.wait(at(60min)));
    EXPECT_EQ(TaskPacer({.mostPerHour = 0}, {}).wait(at(0s)), 1h);
}

TEST(TaskPacerTest, CoolsDownAfterFailuresInARow) {
    TaskPacer pacer({.mostPerHour = 100, .mostFailures = 2, .coolDown = 10min}, {});
    pacer.onEnded(false, at(0s));
    pacer.onEnded(true, at(1s));
    pacer.onEnded(false, at(2s));
    EXPECT_FALSE(pacer.wait(at(2s)));
    pacer.onEnded(false, at(3s));
    EXPECT_EQ(pacer.wait(at(3s)), 10min);
    EXPECT_FALSE(pacer.wait(at(11min)));
    pacer.onEnded(false, at(11min)); // one more is enough now
    EXPECT_EQ(pacer.wait(at(12min)), 9min);
    pacer.onEnded(true, at(12min));
    EXPECT_FALSE(pacer.wait(at(12min)));
}

TEST(TaskMemoryTest, IsKeptAndForgetsWhatIsWordedAnew) {
    TaskMemory memory;
    memory.note("r/c/1", {"- [ ] 1 One", TaskMemory::Verdict::failed, std::string("a\0b", 3)});
    memory.started = {at(5s)};
    const TaskMemory again = TaskMemory::decode(memory.encode());
    ASSERT_NE(again.find("r/c/1", "- [ ] 1 One"), nullptr);
    EXPECT_EQ(again.find("r/c/1", "- [ ] 1 One")->error, "a b");
    EXPECT_EQ(again.find("r/c/1", "- [ ] 1 Other"), nullptr);
    EXPECT_EQ(again.started, memory.started);
    EXPECT_EQ(TaskMemory::decode("{").find("r/c/1", "- [ ] 1 One"), nullptr);
}

TEST(CodegenMetricsTest, AreKeptByModel) {
    CodegenMetrics metrics = CodegenMetrics::decode("", at(0s));
    GenerationStats stats{.model = "qwen",
                          .rounds = 3,
                          .usage = {100, 20},
                          .preparing = 5ms,
                          .asking = 700ms,
                          .checking = 90ms,
                          .diagnostics = {{"cargo check", 4}}};
    metrics.onRun(stats, CodegenMetrics::Outcome::proven);
    stats.failure = "never right";
    metrics.onRun(stats, CodegenMetrics::Outcome::failed);
    metrics.onRun({}, CodegenMetrics::Outcome::cancelled);
    metrics.onDecision("qwen", CodegenMetrics::Decision::applied);
    const CodegenReport report = CodegenMetrics::decode(metrics.encode(), at(9s)).report();
    EXPECT_EQ(report.models, metrics.report().models);
    EXPECT_EQ(report.since, at(0s));
    ASSERT_EQ(report.models.size(), 2U);
    const CodegenModelReport& qwen = report.models[0];
    EXPECT_EQ(qwen.successRate(), 0.5);
    EXPECT_EQ(qwen.tokensIn, 200U);
    EXPECT_EQ(qwen.rounds, 6U);
    EXPECT_EQ(qwen.asking, 1400ms);
    EXPECT_EQ(qwen.applied, 1U);
    EXPECT_EQ(qwen.failures.at("never right"), 1U);
    EXPECT_EQ(qwen.diagnostics.at("cargo check"), 8U);
    EXPECT_EQ(report.models[1].runs, 0U);
    EXPECT_EQ(report.models[1].cancelled, 1U);
}

TEST(InterfaceSketch, HasWhatIsForOthers) {
    EXPECT_EQ(sketchInterface("a.rs",
                              "use x;\npub struct A {\n    b: u8,\n}\nimpl A {\n    pub fn new(\n        "
                              "b: u8,\n    ) -> A {\n        A { b }\n    }\n    fn own() {}\n}\n"),
              "pub struct A {\nimpl A {\n    pub fn new(\n        b: u8,\n    ) -> A {\n");
    EXPECT_EQ(sketchInterface("a.js", "const a = 1;\nexport function f(x) {\n  return x;\n}\n"),
              "export function f(x) {\n");
    EXPECT_EQ(sketchInterface("a.txt", "export me\n"), "");
}

namespace {

class TaskBoardTest : public testing::Test {
protected:
    std::vector<CodegenTask> make(const std::string& tasks) {
        ScannedChange change;
        change.root = {.name = "r", .repository = "/r", .folder = "/r/openspec"};
        change.change.name = "c";
        change.change.tasks = parseTasks(tasks);
        change.names = taskNames(change.change.tasks);
        scan.changes = {change};
        return makeTasks({scan, filter, kept, live, sessions, deciding, memory, obstacle});
    }

    static CodegenTask find(const std::vector<CodegenTask>& tasks, const std::string& id) {
        const auto found = std::ranges::find(tasks, id, &CodegenTask::id);
        return found != tasks.end() ? *found : CodegenTask{};
    }

    KeptProposal proposal(const std::string& task, bool applied) {
        return {.id = task.substr(4) + "-x",
                .task = task,
                .model = "m",
                .place = {.change = "c"},
                .applied = applied,
                .branch = applied ? "b" : ""};
    }

    SpecScan scan;
    TaskFilter filter;
    std::map<std::string, KeptProposal> kept;
    std::map<std::string, LiveTask> live;
    std::map<std::string, SessionId> sessions;
    std::set<std::string> deciding;
    TaskMemory memory;
    std::string obstacle;
};

} // namespace

TEST_F(TaskBoardTest, SubtasksComeBeforeTheirParents) {
    const auto tasks = make("- [ ] 1.0 All\n  - [x] 1.1 A\n  - [ ] 1.2 B\n- [x] 2.0 Done\n");
    ASSERT_EQ(tasks.size(), 4U);
    EXPECT_TRUE(find(tasks, "r/c/1.0").obstacle.contains("below it"));
    EXPECT_EQ(find(tasks, "r/c/1.1").state, CodegenState::done);
    EXPECT_EQ(find(tasks, "r/c/1.2").obstacle, "");
    EXPECT_EQ(find(tasks, "r/c/1.2").line, 3U);
    EXPECT_TRUE(find(make("- [ ] 1.0 All\n  - [x] 1.1 A\n"), "r/c/1.0").obstacle.empty());
}

TEST_F(TaskBoardTest, OneTaskOfAChangeIsWorkedOnAtATime) {
    live["r/c/1.0"] = {.session = "s", .running = true};
    const auto tasks = make("- [ ] 1.0 A\n- [ ] 2.0 B\n");
    EXPECT_EQ(find(tasks, "r/c/1.0").state, CodegenState::running);
    EXPECT_EQ(find(tasks, "r/c/2.0").obstacle, "r/c/1.0 of the same change is being worked on");
    EXPECT_EQ(nextTask(tasks, memory, scan), nullptr);
}

TEST_F(TaskBoardTest, OnlyWhatIsTickedIsApplied) {
    kept["1.0-x"] = proposal("r/c/1.0", true);
    kept["2.0-x"] = proposal("r/c/2.0", false);
    auto tasks = make("- [x] 1.0 A\n- [ ] 2.0 B\n");
    EXPECT_EQ(find(tasks, "r/c/1.0").state, CodegenState::applied);
    EXPECT_EQ(find(tasks, "r/c/1.0").branch, "b");
    EXPECT_EQ(find(tasks, "r/c/2.0").state, CodegenState::review);
    EXPECT_TRUE(find(tasks, "r/c/2.0").hasDiff);
    tasks = make("- [ ] 1.0 A\n- [x] 2.0 B\n"); // somebody changed his mind, and ticked the other himself
    EXPECT_EQ(find(tasks, "r/c/1.0").state, CodegenState::open);
    EXPECT_EQ(find(tasks, "r/c/2.0").state, CodegenState::done);
    EXPECT_EQ(find(make("- [ ] 1.0 A\n"), "r/c/2.0").state,
              CodegenState::review); // it can still be discarded
}

TEST_F(TaskBoardTest, WhatFailedIsNotBegunByItselfBeforeItIsWordedAnew) {
    memory.note("r/c/1.0", {"- [ ] 1.0 A", TaskMemory::Verdict::failed, "why"});
    memory.note("r/c/2.0", {"- [ ] 2.0 B", TaskMemory::Verdict::unwanted, ""});
    memory.note("r/c/3.0", {"- [ ] 3.0 C", TaskMemory::Verdict::unproven, "no server"});
    auto tasks = make("- [ ] 1.0 A\n- [ ] 2.0 B\n- [ ] 3.0 C\n");
    EXPECT_EQ(find(tasks, "r/c/1.0").state, CodegenState::failed);
    EXPECT_EQ(find(tasks, "r/c/1.0").error, "why");
    EXPECT_EQ(find(tasks, "r/c/2.0").state, CodegenState::open);
    ASSERT_NE(nextTask(tasks, memory, scan), nullptr);
    EXPECT_EQ(nextTask(tasks, memory, scan)->id, "r/c/3.0");
    tasks = make("- [ ] 1.0 A, please\n- [ ] 2.0 B\n");
    EXPECT_EQ(nextTask(tasks, memory, scan)->id, "r/c/1.0");
}
