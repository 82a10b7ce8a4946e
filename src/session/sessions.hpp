// The sessions: those that wait for their turn, those that run, and those that have ended and are kept for a
// while, over restarts too.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "session/child.hpp"
#include "session/history.hpp"
#include "session/pipeline.hpp"
#include "session/pipeline_run.hpp"
#include "session/queue.hpp"
#include "session/staying_step.hpp"
#include "session/store.hpp"
#include "session/subscribers.hpp"
#include "world/session_service.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace compositord {

class Sessions final : public SessionService {
public:
    struct Settings {
        std::map<std::string, Pipeline> pipelines; // what can be run, by the type of session
        Builtins builtins;
        Child::Settings child;
        PlaceholderValues places;                         // for all texts of steps
        std::filesystem::path folder;                     // where they are kept; empty: nowhere
        std::size_t atOnce = 4;                           // more than this many wait
        std::size_t mostWaiting = 1000;                   // in all
        std::size_t mostWaitingOfOne = 200;               // of one owner
        std::size_t mostKept = 100;                       // that have ended
        std::chrono::milliseconds keep{24 * 3600 * 1000}; // after their end
        std::function<WallTime()> clock;                  // empty: the system's
    };

    static Result<std::unique_ptr<Sessions>> create(EventLoop& loop, const Log& log, Settings settings);

    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;

    /// What runs is told to end; what is kept is written.
    ~Sessions() override;

    std::expected<SessionId, Refusal> spawn(SpawnSession wanted) override;
    std::expected<void, Refusal> addTask(const SessionId& id, SessionTask task) override;
    std::expected<void, Refusal> cancel(const SessionId& id) override;
    std::expected<void, Refusal> choose(const SessionId& id, const std::string& choice) override;
    std::expected<void, Refusal> forget(const SessionId& id) override;
    const Session* find(const SessionId& id) const override;
    std::vector<const Session*> list() const override;
    SessionHistory history(const SessionId& id, std::uint64_t since) const override;
    std::vector<SessionType> types() const override;
    SessionTotals totals() const override;
    Subscription subscribe(Listener listener) override;

private:
    struct Entry {
        Session session;
        History history;
        std::unique_ptr<PipelineRun> run;
        bool unsaved = false; // something happened since it was written
    };

    Sessions(EventLoop& loop, const Log& log, Settings settings);

    Result<> start();
    void load();

    bool hasRoom() const;
    StepFactory runner();

    WallTime now() const { return settings_.clock(); }

    std::expected<const Pipeline*, Refusal> checkTask(const std::string& type, const std::string& owner,
                                                      SessionTask& task) const;
    void enqueue(Entry& entry, SessionTask task);
    void happen(Entry& entry, SessionHappening happening);
    void runTask(Entry& entry);
    void onTaskEnd(const SessionId& id, SessionState outcome, std::string result, std::string error);
    void onTurn();
    void save(Entry& entry);
    void forgetOld();

    EventLoop& loop_;
    Log log_;
    Settings settings_;
    std::map<SessionId, std::unique_ptr<Entry>> sessions_;
    std::vector<SessionId> order_; // oldest first
    SessionQueue queue_;
    StayingPrograms staying_;
    std::size_t running_ = 0;
    SessionTotals totals_;
    SessionSubscribers subscribers_;
    EventSource turn_;      // starts what may start, and clears away runs that have ended
    EventSource saveTimer_; // for what changes often
    EventSource forgetTimer_;
    std::vector<std::unique_ptr<PipelineRun>> endedRuns_;
    std::unique_ptr<SessionStore> store_;
};

} // namespace compositord
