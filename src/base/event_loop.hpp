// The one loop of the program: sd-event with callbacks as C++ functions and sources as objects.
// Destroying a source unsubscribes. A source must not be destroyed from inside its own callback; use
// EventLoop::defer.
#pragma once

#include "base/error.hpp"
#include "base/handle.hpp"

#include <sys/inotify.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace compositord {

/// Order in which sources that are ready at the same time are served.
enum class Priority : std::int64_t {
    important =
        SD_EVENT_PRIORITY_IMPORTANT, // Wayland: a compositor kills a client that does not drain its socket
    normal = SD_EVENT_PRIORITY_NORMAL,
    idle = SD_EVENT_PRIORITY_IDLE,
};

class EventSource {
public:
    using IoHandler = std::move_only_function<void(std::uint32_t events)>;
    using Handler = std::move_only_function<void()>;
    using SignalHandler = std::move_only_function<void(int number)>;
    using InotifyHandler = std::move_only_function<void(const inotify_event& event)>;

    EventSource();
    EventSource(EventSource&&) noexcept;
    EventSource& operator=(EventSource&&) noexcept;
    EventSource(const EventSource&) = delete;
    EventSource& operator=(const EventSource&) = delete;
    ~EventSource();

    explicit operator bool() const { return state_ != nullptr; }

    /// For I/O sources: which epoll events wake the loop.
    void watch(std::uint32_t events);

    /// For timers: fire once after this time, replacing an earlier setting.
    void arm(std::chrono::microseconds delay);

    /// For timers and defer sources: do not fire. For I/O sources: let go of the descriptor, for good.
    void disarm();

    /// For defer sources made disabled: run once in the next turn.
    void trigger();

    /// Called each time before the loop waits, in order of priority.
    void prepare(Handler handler);

private:
    friend class EventLoop;
    struct State;
    std::unique_ptr<State> state_;
};

class EventLoop {
public:
    static Result<EventLoop> create();

    Result<EventSource> addIo(int fd, std::uint32_t events, EventSource::IoHandler handler,
                              Priority priority = Priority::normal);

    /// A timer that is not armed yet; monotonic, accurate to a millisecond.
    Result<EventSource> addTimer(EventSource::Handler handler);

    /// Blocks the signal for the process and delivers it here.
    Result<EventSource> addSignal(int number, EventSource::SignalHandler handler);

    Result<EventSource> addInotify(const std::string& path, std::uint32_t mask,
                                   EventSource::InotifyHandler handler);

    /// A source that runs once per trigger(), outside the callback that triggered it.
    Result<EventSource> addDeferred(EventSource::Handler handler);

    /// A source that never fires by itself and exists for its prepare() handler.
    Result<EventSource> addPrepare(EventSource::Handler handler, Priority priority);

    /// Answers the service manager's watchdog, if WATCHDOG_USEC asks for that.
    Result<> enableWatchdog();

    /// Runs until exit(); returns its code.
    Result<int> run();

    /// Waits at most this long for something to do, and does it.
    Result<> turn(std::chrono::microseconds longest);
    void exit(int code);

    /// How many sources there are now: what has ended must have taken its own with it.
    std::size_t sources() const { return *sources_; }

    /// For libraries that attach themselves to a loop of sd-event.
    sd_event* native() const { return event_.get(); }

private:
    explicit EventLoop(SdEventHandle event);
    SdEventHandle event_;
    std::shared_ptr<std::size_t> sources_; // shared with the sources, some of which end after the loop
};

} // namespace compositord
