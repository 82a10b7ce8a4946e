// Opens the page in the user's browser, with the desktop's own tool for that.
#pragma once

#include "base/error.hpp"
#include "base/event_loop.hpp"
#include "base/handle.hpp"
#include "base/log.hpp"
#include "world/session.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace compositord {

/// What of the page shows a session, as the fragment of its address: a task of code generation; else empty.
std::string fragmentFor(const Session& session);

class PageOpener {
public:
    static Result<std::unique_ptr<PageOpener>> create(EventLoop& loop, const Log& log);

    PageOpener(const PageOpener&) = delete;
    PageOpener& operator=(const PageOpener&) = delete;

    /// What was opened stays open.
    ~PageOpener() = default;

    void open(const std::string& address);

private:
    struct Tool {
        UniqueFd process;
        bool ended = false;
        EventSource exited; // last: gone before its descriptor
    };

    PageOpener(EventLoop& loop, Log log) : loop_(loop), log_(std::move(log)) {}

    Result<> start(const std::string& address);
    void onExit(Tool& tool);

    EventLoop& loop_;
    Log log_;
    std::vector<std::unique_ptr<Tool>> tools_;
    EventSource sweep_;
};

} // namespace compositord
