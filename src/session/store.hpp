// Sessions on disk, one file each: written whole and renamed into place, so that a reader and a crash see one
// state or the next. What blocks is done on a thread.
#pragma once

#include "base/log.hpp"
#include "base/worker.hpp"
#include "session/session_codec.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace compositord {

class SessionStore {
public:
    /// Makes the folder, for this user only. An empty path, or a folder that another process keeps sessions
    /// in: nothing is kept.
    static Result<std::unique_ptr<SessionStore>> open(EventLoop& loop, const Log& log,
                                                      std::filesystem::path folder);

    SessionStore(const SessionStore&) = delete;
    SessionStore& operator=(const SessionStore&) = delete;

    /// Waits until everything is written, but not for ever.
    ~SessionStore();

    /// What is there, oldest first. A file that is damaged is put aside and logged.
    std::vector<KeptSession> load();

    void save(const SessionId& id, std::string text);
    void remove(const SessionId& id);

private:
    SessionStore(const Log& log, std::filesystem::path folder);

    std::filesystem::path pathOf(const SessionId& id) const { return folder_ / (id + ".json"); }

    void report(const Result<>& result);

    Log log_;
    std::filesystem::path folder_;
    UniqueFd lock_;
    bool troubled_ = false; // is told once
    std::unique_ptr<Worker> worker_;
};

} // namespace compositord
