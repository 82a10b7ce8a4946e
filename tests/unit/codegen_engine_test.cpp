// What is decided about proven changes, in a real repository, over restarts, and by two processes at a time.

#include "codegen/codegen_engine.hpp"
#include "git_repository.hpp"

#include <algorithm>

using namespace compositord;
using namespace std::chrono_literals;

namespace {

constexpr const char* kTasks = "# Tasks\n- [ ] 1.1 Make `a.js`\n- [ ] 1.2 Then `src/lib.rs`\n";
constexpr const char* kFirst = "repository/c/1.1";

class CodegenEngineTest : public GitRepository {
protected:
    void SetUp() override {
        GitRepository::SetUp();
        commit("a.js", "one\n");
        commit("src/lib.rs", "one\n");
        commit("openspec/changes/c/tasks.md", kTasks);
        git({"checkout", "--quiet", "-b", "work"});
        loop = std::make_unique<EventLoop>(*EventLoop::create());
        models = *ModelClient::create(*loop, log, Keyring(*loop, {}));
        worker = *Worker::create(*loop);
        afterwards = *Afterwards::create(*loop);
        context = std::make_unique<GenerateContext>(
            GenerateContext{*models, *worker, *afterwards, {.guard = GUARD}, base / "workspaces", {}});
        settings.wanted.repositories = {repository};
        settings.folder = base / "codegen";
    }

    void TearDown() override {
        engine.reset();
        EXPECT_TRUE(worker->drain(30s));
        GitRepository::TearDown();
    }

    template <class Condition> void waitFor(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        while (!condition() && std::chrono::steady_clock::now() < deadline) {
            ASSERT_TRUE(loop->turn(100ms));
        }
        ASSERT_TRUE(condition());
    }

    void open() {
        engine = *CodegenEngine::create(*loop, log, *context, settings);
        following =
            engine->subscribe({.onTask = [this](const CodegenTask& task) { told.push_back(task); },
                               .onGone = [this](const CodegenTaskId& id) { gone.push_back(id); },
                               .onReload = [this](const CodegenReload& reload) { reloads.push_back(reload); },
                               .onStatus = {}});
        waitFor([&] { return !engine->list().empty(); });
    }

    /// As a model has made it, before the engine is opened.
    void propose(std::vector<FileChange> files, const std::string& id = "1.1-x") const {
        const Check check{"true", {"true"}};
        CheckOutcome outcome{.check = check};
        outcome.status = 0;
        const WorkspaceChanges changes{repository, git({"rev-parse", "HEAD"}), std::move(files)};
        const auto tasks = repository / "openspec/changes/c/tasks.md";
        const Proposal proposal{.id = id,
                                .task = kFirst,
                                .model = "m",
                                .place = {"c", tasks, parseTasks(kTasks).tasks[0]},
                                .validated = *Validated::of(changes, changes, {check}, {outcome}),
                                .diff = "the diff\n"};
        const auto kept = CodegenStore(settings.folder, settings.wanted.apply).keep(proposal);
        ASSERT_TRUE(kept) << kept.error().message();
    }

    using Ask = void (CodegenEngine::*)(const CodegenTaskId&, CodegenService::Answer<CodegenTask>);

    std::expected<CodegenTask, Refusal> ask(Ask what, const CodegenTaskId& id = kFirst) {
        std::optional<std::expected<CodegenTask, Refusal>> answer;
        ((*engine).*what)(id, [&](std::expected<CodegenTask, Refusal> given) { answer = std::move(given); });
        EXPECT_FALSE(answer) << "it is not to answer at once";
        waitFor([&] { return answer.has_value(); });
        return answer.value_or(CodegenTask{});
    }

    CodegenDetails details() {
        std::optional<CodegenDetails> result;
        engine->details(kFirst, [&](std::expected<CodegenDetails, Refusal> given) {
            EXPECT_TRUE(given);
            result = given.value_or(CodegenDetails{});
        });
        waitFor([&] { return result.has_value(); });
        return result.value_or(CodegenDetails{});
    }

    std::string tasks() const { return get(repository / "openspec/changes/c/tasks.md"); }

    Log log{LogLevel::error};
    std::unique_ptr<EventLoop> loop;
    std::unique_ptr<ModelClient> models;
    std::unique_ptr<Worker> worker;
    std::unique_ptr<Afterwards> afterwards;
    std::unique_ptr<GenerateContext> context;
    CodegenEngine::Settings settings;
    std::vector<CodegenTask> told;
    std::vector<CodegenTaskId> gone;
    std::vector<CodegenReload> reloads;
    std::unique_ptr<CodegenEngine> engine;
    CodegenService::Subscription following;
};

const FileChange kScript{"a.js", "one\n", "two\n", false};
const FileChange kRust{"src/lib.rs", "one\n", "two\n", false};

} // namespace

TEST_F(CodegenEngineTest, WhatWaitsForReviewIsAppliedAndReverted) {
    propose({kScript});
    open();
    EXPECT_EQ(engine->find(kFirst)->state, CodegenState::review);
    EXPECT_TRUE(engine->find("repository/c/1.2")->obstacle.contains("waits for review"));
    CodegenDetails shown = details();
    EXPECT_EQ(shown.diff, "the diff\n");
    EXPECT_EQ(shown.files, std::vector<std::string>{"a.js"});
    EXPECT_EQ(shown.checks.at(0).name, "true");
    EXPECT_EQ(shown.evidence, "");

    const auto applied = ask(&CodegenEngine::apply);
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(applied->state, CodegenState::applied);
    EXPECT_EQ(applied->branch, "compositord/c");
    EXPECT_EQ(applied->commit, git({"rev-parse", "compositord/c"}));
    EXPECT_TRUE(tasks().contains("- [x] 1.1"));
    EXPECT_EQ(told.back().id, "repository/c/1.2"); // which can be run now
    EXPECT_EQ(told.back().obstacle, "");
    shown = details();
    EXPECT_TRUE(shown.evidence.contains(applied->commit));
    EXPECT_TRUE(shown.evidencePath.ends_with("evidence/1.1-x.json"));

    const auto reverted = ask(&CodegenEngine::revert);
    ASSERT_TRUE(reverted) << reverted.error().message;
    EXPECT_EQ(reverted->state, CodegenState::open);
    EXPECT_EQ(tasks(), kTasks);
    EXPECT_EQ(git({"branch", "--list", "compositord/*"}), "");
    EXPECT_FALSE(std::filesystem::exists(shown.evidencePath));
    ASSERT_EQ(engine->report().models.size(), 1U);
    EXPECT_EQ(engine->report().models[0].applied, 1U);
    EXPECT_EQ(engine->report().models[0].reverted, 1U);
    EXPECT_EQ(ask(&CodegenEngine::revert).error().code, RefusalCode::unsupported);
}

TEST_F(CodegenEngineTest, WhatIsAppliedIsKnownAfterARestart) {
    propose({kScript});
    open();
    ASSERT_TRUE(ask(&CodegenEngine::apply));
    engine.reset();
    open();
    EXPECT_EQ(engine->find(kFirst)->state, CodegenState::applied);
    EXPECT_EQ(engine->report().models.at(0).applied, 1U);
    EXPECT_TRUE(ask(&CodegenEngine::revert));
}

TEST_F(CodegenEngineTest, WhatIsDiscardedIsGone) {
    propose({kScript});
    open();
    const auto discarded = ask(&CodegenEngine::discard);
    ASSERT_TRUE(discarded);
    EXPECT_EQ(discarded->state, CodegenState::open);
    EXPECT_EQ(discarded->obstacle, "");
    EXPECT_EQ(ask(&CodegenEngine::apply).error().code, RefusalCode::unsupported);
    EXPECT_EQ(ask(&CodegenEngine::apply, "repository/c/9").error().code, RefusalCode::notFound);
    EXPECT_EQ(tasks(), kTasks);
}

TEST_F(CodegenEngineTest, WhatIsInTheWayOfApplyingIsSaidAndChangesNothing) {
    propose({kScript});
    open();
    git({"checkout", "--quiet", "-b", "compositord/c"});
    auto refused = ask(&CodegenEngine::apply);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, RefusalCode::busy);
    EXPECT_TRUE(refused.error().message.contains("check out another one first")) << refused.error().message;
    git({"checkout", "--quiet", "work"});
    put(repository / "openspec/changes/c/tasks.md", "New first line\n" + std::string(kTasks));
    refused = ask(&CodegenEngine::apply);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().message.contains("changed or moved")) << refused.error().message;
    EXPECT_EQ(engine->find(kFirst)->state, CodegenState::review);
    put(repository / "openspec/changes/c/tasks.md", kTasks);
    EXPECT_TRUE(ask(&CodegenEngine::apply));
}

TEST_F(CodegenEngineTest, AnApplicationThatWasCutOffIsTakenBackAndWaitsAgain) {
    propose({kScript});
    settings.wanted.apply.onBranch = false;
    // As kill -9 leaves it when the file is in place and nothing else is.
    ApplyRecord record{.id = "1.1-x",
                       .changes = {repository, git({"rev-parse", "HEAD"}), {kScript}},
                       .tasks = repository / "openspec/changes/c/tasks.md",
                       .line = 1,
                       .text = "- [ ] 1.1 Make `a.js`",
                       .evidence = repository / "openspec/changes/c/evidence/1.1-x.json"};
    ASSERT_TRUE(record.save(settings.folder / "applied"));
    put(repository / "a.js", "two\n");
    open();
    EXPECT_EQ(engine->find(kFirst)->state, CodegenState::review);
    EXPECT_EQ(get(repository / "a.js"), "one\n");
    EXPECT_EQ(tasks(), kTasks);
    EXPECT_TRUE(ask(&CodegenEngine::apply));
    EXPECT_EQ(get(repository / "a.js"), "two\n");
}

TEST_F(CodegenEngineTest, PagesAndACommandAreToldOfWhatIsApplied) {
    propose({kScript, kRust});
    settings.wanted.reload = {"sh", "-c", "echo $COMPOSITORD_TASK $COMPOSITORD_BRANCH >reloaded"};
    open();
    ASSERT_TRUE(ask(&CodegenEngine::apply));
    ASSERT_EQ(reloads.size(), 1U);
    EXPECT_EQ(reloads[0].paths, std::vector<std::string>{"a.js"});
    EXPECT_EQ(reloads[0].repository, repository);
    waitFor([&] { return get(repository / "reloaded") == "repository/c/1.1 compositord/c\n"; });
}

TEST_F(CodegenEngineTest, EditsOfTasksAreSeen) {
    open();
    const auto file = repository / "openspec/changes/c/tasks.md";
    put(file, std::string(kTasks) + "- [ ] 1.3 And `b.js`\n");
    waitFor([&] { return engine->find("repository/c/1.3") != nullptr; });
    put(repository / "openspec/changes/d/tasks.md", "- [ ] Other\n");
    waitFor([&] { return engine->find("repository/d/other") != nullptr; });
    put(repository / "openspec/changes/d/tasks.md", "no boxes\n");
    waitFor([&] { return engine->find("repository/d/other") == nullptr; });
    EXPECT_NE(std::ranges::find(gone, "repository/d/other"), gone.end());
    EXPECT_TRUE(engine->changes().at(1).problem.contains("no boxes"));
    put(repository / "sub/openspec/changes/e/tasks.md", "- [ ] 1.1 Nested\n");
    waitFor([&] { return engine->find("repository.sub/e/1.1") != nullptr; });
}

TEST_F(CodegenEngineTest, OneProcessWorksOnTheTasksAndTheNextTakesOver) {
    propose({kScript});
    open();
    const auto second = *CodegenEngine::create(*loop, log, *context, settings);
    ASSERT_EQ(second->status().problems.size(), 1U);
    EXPECT_TRUE(second->status().problems[0].contains("another compositord"));
    EXPECT_EQ(second->run(kFirst, "me").error().code, RefusalCode::busy);
    engine.reset();
    waitFor([&] { return !second->list().empty(); });
    EXPECT_TRUE(second->status().problems.empty());
}

TEST_F(CodegenEngineTest, WithoutARepositoryThereIsNothing) {
    settings.wanted.repositories.clear();
    engine = *CodegenEngine::create(*loop, log, *context, settings);
    EXPECT_FALSE(engine->status().enabled);
    EXPECT_TRUE(engine->status().problems.empty());
    EXPECT_EQ(engine->run(kFirst, "me").error().code, RefusalCode::unsupported);
    EXPECT_FALSE(std::filesystem::exists(settings.folder));
}
