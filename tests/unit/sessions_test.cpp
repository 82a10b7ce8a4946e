#include "session/sessions.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>

using namespace compositord;
using namespace std::chrono_literals;

namespace {

/// A step that does what the test says.
struct Puppet final : StepRun {
    explicit Puppet(StepListener& target) : listener(target) {}

    void cancel() override {
        cancelled = true;
        if (obedient) {
            listener.onStepEnd({.ok = false, .error = "stopped"});
        }
    }

    void choose(const std::string& id) override {
        chosen.push_back(id);
        listener.onStepEnd({.ok = true, .result = id});
    }

    StepListener& listener;
    std::vector<std::string> chosen;
    bool cancelled = false;
    bool obedient = true;
};

class SessionsTest : public testing::Test {
protected:
    void SetUp() override {
        auto created = EventLoop::create();
        ASSERT_TRUE(created);
        loop = std::make_unique<EventLoop>(std::move(*created));
        folder = std::filesystem::path(testing::TempDir()) /
                 ("sessions-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
        std::filesystem::remove_all(folder);
    }

    Sessions& open(std::size_t atOnce = 4) {
        sessions.reset();
        Sessions::Settings settings;
        for (const auto& [name, text] : pipelines) {
            settings.pipelines.emplace(name, *parsePipeline(name, text));
        }
        settings.builtins["puppet"] = [this](const StepContext& context,
                                             StepListener& listener) -> Result<std::unique_ptr<StepRun>> {
            auto puppet = std::make_unique<Puppet>(listener);
            puppets[context.values.at("task")] = puppet.get();
            order.push_back(context.values.at("task"));
            return puppet;
        };
        settings.builtins["instant"] = [](const StepContext& context,
                                          StepListener& listener) -> Result<std::unique_ptr<StepRun>> {
            listener.onOutput(OutputKind::text, "at once");
            listener.onStepEnd({.ok = true, .result = context.values.at("task") + "!"});
            return std::make_unique<Puppet>(listener);
        };
        settings.builtins["broken"] = [](const StepContext&,
                                         StepListener&) -> Result<std::unique_ptr<StepRun>> {
            return failure(ENOENT, "cannot begin");
        };
        settings.child = {.guard = GUARD, .grace = 300ms};
        settings.folder = folder;
        settings.atOnce = atOnce;
        settings.mostWaitingOfOne = 20;
        settings.clock = [this] { return clock; };
        auto made = Sessions::create(*loop, Log(LogLevel::error), std::move(settings));
        EXPECT_TRUE(made) << made.error().message();
        sessions = std::move(*made);
        return *sessions;
    }

    SessionId spawn(const std::string& type, const std::string& task, const std::string& owner = "me",
                    SessionPriority priority = SessionPriority::normal) {
        const auto id = sessions->spawn({type, owner, priority, {.description = task}});
        EXPECT_TRUE(id) << id.error().message;
        return id.value_or("");
    }

    template <class Condition> void waitFor(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + 30s;
        while (!condition() && std::chrono::steady_clock::now() < deadline) {
            ASSERT_TRUE(loop->turn(100ms));
        }
        ASSERT_TRUE(condition());
    }

    void waitForEnd(const SessionId& id) {
        waitFor([&] { return hasEnded(sessions->find(id)->state); });
    }

    Puppet& puppet(const std::string& task) {
        waitFor([&] { return puppets.contains(task); });
        return *puppets.at(task);
    }

    std::vector<std::pair<std::string, std::string>> pipelines{
        {"puppet", R"({"steps": [{"name": "p", "builtin": "puppet"}]})"},
        {"two",
         R"({"steps": [{"name": "a", "builtin": "puppet", "weight": 3}, {"name": "b", "builtin": "instant"}]})"},
        {"instant", R"({"steps": [{"name": "i", "builtin": "instant"}]})"},
        {"hasty", R"({"timeout": 0.2, "steps": [{"name": "p", "builtin": "puppet", "timeout": 0.1}]})"},
        {"broken", R"({"steps": [{"name": "b", "builtin": "broken"}, {"name": "i", "builtin": "instant"}]})"},
        {"unknown", R"({"steps": [{"name": "b", "builtin": "no such"}]})"},
        {"slow", R"({"steps": [{"name": "s", "command": ["sleep", "1000"], "timeout": 0.05}]})"},
        {"stay",
         R"({"steps": [{"name": "s", "command": ["sh", "-c", "echo $$; exec $2", "sh", "--", "{task}"],
                                "stays": true}]})"},
        {"sh", R"({"parameters": {"word": {"default": "none"}, "must": {}},
                   "steps": [{"name": "s", "command": ["echo", "{task}", "{word}", "{must}"]}]})"},
    };
    std::unique_ptr<EventLoop> loop;
    std::filesystem::path folder;
    WallTime clock{1700000000000ms};
    std::map<std::string, Puppet*> puppets;
    std::vector<std::string> order;
    std::unique_ptr<Sessions> sessions;
};

std::vector<std::string> names(const std::vector<SharedSessionEvent>& events) {
    constexpr std::array<const char*, 12> kNames{"queued",   "started", "step",   "step end",
                                                 "progress", "output",  "tool",   "tool end",
                                                 "tokens",   "choices", "chosen", "ended"};
    std::vector<std::string> result;
    for (const auto& event : events) {
        result.emplace_back(kNames.at(event->happening.index()));
    }
    return result;
}

} // namespace

TEST_F(SessionsTest, TellsAllThatHappensInOrder) {
    open();
    const SessionId id = spawn("two", "x");
    puppet("x").listener.onProgress(0.5);
    puppet("x").listener.onOutput(OutputKind::text, "half");
    puppet("x").listener.onHappening(ToolStarted{"1", "look", "{}"});
    puppet("x").listener.onProgress(0.25); // back is no progress
    puppet("x").listener.onStepEnd({.ok = true, .result = "first"});
    waitForEnd(id);
    const auto history = sessions->history(id, 0);
    EXPECT_TRUE(history.complete);
    EXPECT_EQ(names(history.events),
              (std::vector<std::string>{"queued", "started", "step", "progress", "output", "tool", "progress",
                                        "step end", "step", "output", "progress", "step end", "ended"}));
    EXPECT_EQ(std::get<TaskProgress>(history.events[3]->happening).percent, 37.5);
    EXPECT_EQ(std::get<TaskProgress>(history.events[6]->happening).percent, 75);
    const Session& session = *sessions->find(id);
    EXPECT_EQ(session.state, SessionState::completed);
    EXPECT_EQ(session.result, "x!");
    EXPECT_EQ(session.progress, 100);
    EXPECT_EQ(session.sequence, 13U);
    EXPECT_EQ(sessions->totals().completed, 1U);
}

TEST_F(SessionsTest, AStepThatFailsIsTheLast) {
    open();
    for (const auto& [type, error] : {std::pair{"broken", "b: cannot begin: No such file or directory"},
                                      std::pair{"unknown", "b: there is no builtin no such"}}) {
        const SessionId id = spawn(type, "x");
        waitForEnd(id);
        EXPECT_EQ(sessions->find(id)->state, SessionState::failed);
        EXPECT_EQ(sessions->find(id)->error, error);
        EXPECT_EQ(sessions->find(id)->step, "b");
    }
}

TEST_F(SessionsTest, RefusesWhatCannotBe) {
    open();
    EXPECT_EQ(sessions->spawn({.type = "/bin/sh"}).error().code, RefusalCode::notFound);
    EXPECT_EQ(sessions->spawn({.type = "sh"}).error().message, "sh needs the parameter must");
    EXPECT_EQ(sessions->spawn({.type = "instant", .task = {.parameters = {{"x", "y"}}}}).error().code,
              RefusalCode::invalidMember);
    EXPECT_EQ(sessions->cancel("nobody").error().code, RefusalCode::notFound);
    const SessionId id = spawn("puppet", "x");
    EXPECT_EQ(sessions->forget(id).error().code, RefusalCode::busy);
    EXPECT_EQ(sessions->addTask(id, {}).error().code, RefusalCode::busy);
}

TEST_F(SessionsTest, ACommandGetsTheTaskAndParameters) {
    open();
    const auto id = sessions->spawn({.type = "sh",
                                     .owner = "me",
                                     .task = {.description = "$(id) `id`", .parameters = {{"must", "a;b"}}}});
    ASSERT_TRUE(id);
    waitForEnd(*id);
    EXPECT_EQ(sessions->find(*id)->result, "$(id) `id` none a;b");
    const auto option = sessions->spawn(
        {.type = "sh", .owner = "me", .task = {.description = "-n", .parameters = {{"must", ""}}}});
    waitForEnd(*option);
    EXPECT_EQ(sessions->find(*option)->error, "s: \"-n\" would be an option of echo");
}

TEST_F(SessionsTest, WhatTakesTooLongIsEnded) {
    open();
    const SessionId id = spawn("slow", "x");
    waitForEnd(id);
    EXPECT_EQ(sessions->find(id)->state, SessionState::failed);
    EXPECT_EQ(sessions->find(id)->error, "the step s took longer than 0.05 s");
}

TEST_F(SessionsTest, CancelsWhatWaitsAndWhatRuns) {
    open(1);
    const SessionId runs = spawn("puppet", "runs");
    const SessionId waits = spawn("puppet", "waits");
    puppet("runs");
    ASSERT_TRUE(sessions->cancel(waits));
    EXPECT_EQ(sessions->find(waits)->state, SessionState::cancelled);
    ASSERT_TRUE(sessions->cancel(runs));
    ASSERT_TRUE(sessions->cancel(runs));
    waitForEnd(runs);
    EXPECT_EQ(sessions->find(runs)->state, SessionState::cancelled);
    EXPECT_TRUE(sessions->cancel(runs));
    EXPECT_FALSE(puppets.contains("waits"));
    EXPECT_EQ(sessions->totals().cancelled, 2U);
    EXPECT_EQ(sessions->totals().running, 0U);
}

TEST_F(SessionsTest, RunsSoManyAtOnceByPriorityAndOwnersInTurn) {
    open(1);
    spawn("puppet", "a1", "a");
    puppet("a1");
    spawn("puppet", "a2", "a");
    spawn("puppet", "a3", "a");
    spawn("puppet", "b1", "b");
    spawn("puppet", "urgent", "c", SessionPriority::high);
    EXPECT_EQ(sessions->totals().queued, 4U);
    for (const char* next : {"a1", "urgent", "a2", "b1", "a3"}) {
        puppet(next).listener.onStepEnd({});
        waitFor([&] { return sessions->totals().running == 0 || order.back() != next; });
    }
    EXPECT_EQ(order, (std::vector<std::string>{"a1", "urgent", "a2", "b1", "a3"}));
}

TEST_F(SessionsTest, OneOwnerCannotFillTheQueue) {
    open(0);
    for (int i = 0; i < 20; ++i) {
        spawn("puppet", "x");
    }
    EXPECT_EQ(sessions->spawn({.type = "puppet", .owner = "me"}).error().code, RefusalCode::busy);
    EXPECT_TRUE(sessions->spawn({.type = "puppet", .owner = "you"}));
}

TEST_F(SessionsTest, ASessionThatEndedTakesAnotherTask) {
    open();
    const SessionId id = spawn("instant", "one");
    waitForEnd(id);
    const auto last = sessions->find(id)->sequence;
    ASSERT_TRUE(sessions->addTask(id, {.description = "two"}));
    waitForEnd(id);
    EXPECT_EQ(sessions->find(id)->result, "two!");
    EXPECT_EQ(sessions->find(id)->metrics.tasksCompleted, 2U);
    EXPECT_EQ(sessions->history(id, last).events.front()->sequence, last + 1);
}

TEST_F(SessionsTest, EndedOnesSurviveARestartAndRunningOnesAreMarkedFailed) {
    open(1);
    const SessionId done = spawn("instant", "done");
    waitForEnd(done);
    const SessionId running = spawn("puppet", "runs");
    puppet("runs").listener.onOutput(OutputKind::text, "so far");
    const SessionId waiting = spawn("puppet", "waits");
    const Session before = *sessions->find(done);
    const auto events = sessions->history(done, 0).events;
    clock += 1s;
    open();
    ASSERT_EQ(sessions->list().size(), 3U);
    EXPECT_EQ(*sessions->find(done), before);
    const auto again = sessions->history(done, 0).events;
    ASSERT_EQ(again.size(), events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        EXPECT_EQ(*again[i], *events[i]);
    }
    EXPECT_EQ(sessions->find(running)->state, SessionState::failed);
    EXPECT_EQ(sessions->find(running)->error, "compositord ended while it was running");
    EXPECT_EQ(names(sessions->history(running, 0).events),
              (std::vector<std::string>{"queued", "started", "step", "output", "ended"}));
    EXPECT_EQ(sessions->find(waiting)->error, "compositord ended before it was started");
    open(); // and stay so
    EXPECT_EQ(sessions->find(running)->ended, clock);
}

TEST_F(SessionsTest, ADamagedFileIsPutAside) {
    open();
    const SessionId id = spawn("instant", "x");
    waitForEnd(id);
    sessions.reset();
    std::ofstream(folder / (id + ".json")) << "{\"version\":1,";
    open();
    EXPECT_TRUE(sessions->list().empty());
    EXPECT_FALSE(std::filesystem::exists(folder / (id + ".json")));
    std::size_t aside = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        aside += entry.path().string().contains("damaged") ? 1 : 0;
    }
    EXPECT_EQ(aside, 1U);
}

TEST_F(SessionsTest, OldOnesAreForgotten) {
    open();
    const SessionId id = spawn("instant", "x");
    waitForEnd(id);
    SessionId forgotten;
    const auto subscription = sessions->subscribe(
        {.onEvent = {}, .onForgotten = [&](const SessionId& which) { forgotten = which; }});
    clock += 25h;
    spawn("instant", "y");
    waitFor([&] { return sessions->find(id) == nullptr; });
    EXPECT_EQ(forgotten, id);
    sessions.reset();
    EXPECT_FALSE(std::filesystem::exists(folder / (id + ".json")));
}

TEST_F(SessionsTest, AListenerThatFailsHarmsNobody) {
    open();
    int told = 0;
    const auto bad = sessions->subscribe(
        {.onEvent = [](const Session&, const SessionEvent&) { throw std::runtime_error("a bug"); },
         .onForgotten = {}});
    const auto good = sessions->subscribe(
        {.onEvent = [&](const Session&, const SessionEvent&) { ++told; }, .onForgotten = {}});
    const SessionId id = spawn("instant", "x");
    waitForEnd(id);
    EXPECT_EQ(static_cast<std::uint64_t>(told), sessions->find(id)->sequence);
}

TEST_F(SessionsTest, AListenerMayCancelWhileItIsTold) {
    open();
    std::vector<std::size_t> seen;
    SessionService::Subscription subscription;
    const auto canceller =
        sessions->subscribe({.onEvent =
                                 [&](const Session& session, const SessionEvent& event) {
                                     if (std::holds_alternative<TaskStarted>(event.happening) ||
                                         std::holds_alternative<OutputChunk>(event.happening)) {
                                         EXPECT_TRUE(sessions->cancel(session.id));
                                     }
                                 },
                             .onForgotten = {}});
    const SessionId id = spawn("instant", "x");
    waitForEnd(id);
    EXPECT_EQ(sessions->find(id)->state, SessionState::cancelled);
}

TEST_F(SessionsTest, WhoeverComesLateSeesEachKeptEventExactlyOnce) {
    open(3);
    std::mt19937 random(7); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time

    struct Watcher {
        SessionId id;
        std::uint64_t next = 0;
        SessionService::Subscription subscription;
    };

    std::vector<std::unique_ptr<Watcher>> watchers;
    const auto take = [](Watcher& watcher, const SessionEvent& event) {
        EXPECT_EQ(event.sequence, watcher.next);
        watcher.next = event.sequence + 1;
    };
    const auto watch = [&](const SessionId& id) {
        auto watcher = std::make_unique<Watcher>();
        Watcher* const self = watcher.get();
        watcher->id = id;
        const std::uint64_t since = random() % (sessions->find(id)->sequence + 1);
        watcher->next = since + 1;
        watcher->subscription =
            sessions->subscribe({.onEvent =
                                     [self, take](const Session& session, const SessionEvent& event) {
                                         if (session.id == self->id) {
                                             take(*self, event);
                                         }
                                     },
                                 .onForgotten = {}});
        const auto history = sessions->history(id, since);
        if (!history.complete) {
            self->next = history.events.front()->sequence;
        }
        for (const auto& event : history.events) {
            take(*self, *event);
        }
        watchers.push_back(std::move(watcher));
    };
    // One comes in the middle of the telling, where some have heard of an event and others have not.
    const auto between = sessions->subscribe({.onEvent =
                                                  [&](const Session& session, const SessionEvent&) {
                                                      if (random() % 50 == 0 && watchers.size() < 300) {
                                                          watch(session.id);
                                                      }
                                                      if (random() % 40 == 0 && !watchers.empty()) {
                                                          watchers.erase(watchers.begin());
                                                      }
                                                  },
                                              .onForgotten = {}});
    const std::vector<SessionId> ids{spawn("puppet", "0"), spawn("puppet", "1"), spawn("puppet", "2")};
    for (const char* task : {"0", "1", "2"}) {
        puppet(task);
    }
    for (int i = 0; i < 9000; ++i) {
        auto& listener = puppet(std::to_string(random() % 3)).listener;
        if (random() % 5 == 0) {
            listener.onHappening(TokensUsed{1});
        } else {
            listener.onOutput(OutputKind::text, std::string(random() % 200, 'x') + "y");
        }
        if (random() % 100 == 0) {
            watch(ids[random() % 3]);
        }
    }
    for (const char* task : {"0", "1", "2"}) {
        puppet(task).listener.onStepEnd({});
    }
    for (const SessionId& id : ids) {
        waitForEnd(id);
        EXPECT_FALSE(sessions->history(id, 0).complete);
    }
    EXPECT_FALSE(watchers.empty());
    for (const auto& watcher : watchers) {
        EXPECT_EQ(watcher->next, sessions->find(watcher->id)->sequence + 1);
    }
}

TEST_F(SessionsTest, WaitForAChoiceAndGoOnWithIt) {
    open();
    const SessionId id = spawn("puppet", "x");
    Puppet& step = puppet("x");
    EXPECT_EQ(sessions->choose(id, "apply").error().code, RefusalCode::notFound);
    step.listener.onHappening(ChoicesOffered{{{"apply", "Apply"}, {"discard", "Discard"}}});
    EXPECT_EQ(sessions->find(id)->choices.size(), 2);
    EXPECT_EQ(sessions->choose(id, "burn").error().code, RefusalCode::notFound);
    EXPECT_EQ(sessions->choose("nobody", "apply").error().member, "session");
    ASSERT_TRUE(sessions->choose(id, "apply"));
    EXPECT_EQ(step.chosen, std::vector<std::string>{"apply"});
    EXPECT_FALSE(sessions->choose(id, "apply")); // it is made
    waitForEnd(id);
    EXPECT_EQ(sessions->find(id)->result, "apply");
    EXPECT_EQ(names(sessions->history(id, 0).events),
              (std::vector<std::string>{"queued", "started", "step", "choices", "chosen", "progress",
                                        "step end", "ended"}));
}

TEST_F(SessionsTest, ThatWaitForAChoiceDoNotHoldUpOthers) {
    open(1);
    const SessionId first = spawn("puppet", "1");
    spawn("puppet", "2");
    spawn("puppet", "3");
    puppet("1").listener.onHappening(ChoicesOffered{{{"go", "Go"}}});
    puppet("2"); // it has started
    ASSERT_TRUE(sessions->choose(first, "go"));
    waitForEnd(first);
    ASSERT_TRUE(loop->turn(50ms));
    EXPECT_FALSE(puppets.contains("3"));
    sessions->cancel(first); // a session that has ended offers nothing, and is left as it is
    puppet("2").listener.onHappening(ChoicesOffered{{{"go", "Go"}}});
    puppet("3");
}

TEST_F(SessionsTest, TheTimeForAChoiceIsNotTheirs) {
    open();
    const SessionId id = spawn("hasty", "x");
    puppet("x").listener.onHappening(ChoicesOffered{{{"go", "Go"}}});
    const auto later = std::chrono::steady_clock::now() + 400ms; // twice what all of it may take
    waitFor([&] { return std::chrono::steady_clock::now() > later; });
    ASSERT_EQ(sessions->find(id)->state, SessionState::running) << sessions->find(id)->error;
    ASSERT_TRUE(sessions->choose(id, "go"));
    waitForEnd(id);
    EXPECT_EQ(sessions->find(id)->state, SessionState::completed);
    const SessionId idle = spawn("hasty", "y");
    puppet("y");
    waitForEnd(idle);
    EXPECT_TRUE(sessions->find(idle)->error.contains("took longer"));
}

TEST_F(SessionsTest, AreCancelledWhileTheyWaitForAChoice) {
    open();
    const SessionId id = spawn("puppet", "x");
    puppet("x").listener.onHappening(ChoicesOffered{{{"go", "Go"}}});
    ASSERT_TRUE(sessions->cancel(id));
    waitForEnd(id);
    EXPECT_EQ(sessions->find(id)->state, SessionState::cancelled);
    EXPECT_TRUE(sessions->find(id)->choices.empty());
}

TEST_F(SessionsTest, AProgramThatStaysIsReplacedAndEndsWithThem) {
    open();
    const auto run = [&](const std::string& program) {
        const SessionId id = spawn("stay", program);
        waitForEnd(id);
        for (const auto& event : sessions->history(id, 0).events) {
            if (const auto* output = std::get_if<OutputChunk>(&event->happening)) {
                return static_cast<pid_t>(std::stoi(output->text));
            }
        }
        ADD_FAILURE() << "it has not said its number";
        return pid_t{0};
    };
    const auto runs = [](pid_t process) { return kill(process, 0) == 0; };
    const pid_t first = run("sleep 1000");
    EXPECT_EQ(sessions->list().back()->state, SessionState::completed);
    EXPECT_TRUE(runs(first));
    run("false"); // one that cannot do it changes nothing
    EXPECT_EQ(sessions->list().back()->state, SessionState::failed);
    EXPECT_TRUE(runs(first));
    const pid_t second = run("sleep 1000");
    EXPECT_TRUE(runs(second));
    waitFor([&] { return !runs(first); });
    sessions.reset();
    EXPECT_FALSE(runs(second));
}
