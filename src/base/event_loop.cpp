#include "base/event_loop.hpp"

#include <csignal>
#include <cstdint>
#include <ctime>
#include <utility>
#include <variant>

namespace compositord {

// The variant tells which kind of source this is; sd-event gets a pointer to this state, which does not move.
struct EventSource::State {
    struct Counted {
        // NOLINTNEXTLINE(google-explicit-constructor,hicpp-explicit-conversions): made where State is
        Counted(std::shared_ptr<std::size_t> count) : count_(std::move(count)) { ++*count_; }

        Counted(const Counted&) = delete;
        Counted& operator=(const Counted&) = delete;

        ~Counted() { --*count_; }

    private:
        std::shared_ptr<std::size_t> count_;
    };

    Counted counted;
    std::variant<Handler, IoHandler, SignalHandler, InotifyHandler> handler;
    Handler prepare;
    SdEventSourceHandle source; // last, so that it is gone before what its callbacks use
};

namespace {

constexpr std::uint64_t kTimerAccuracyUs = 1000;

std::int64_t value(Priority priority) {
    return static_cast<std::int64_t>(priority);
}

} // namespace

EventSource::EventSource() = default;
EventSource::EventSource(EventSource&&) noexcept = default;
EventSource& EventSource::operator=(EventSource&&) noexcept = default;
EventSource::~EventSource() = default;

void EventSource::watch(std::uint32_t events) {
    sd_event_source_set_io_events(state_->source.get(), events);
}

void EventSource::arm(std::chrono::microseconds delay) {
    sd_event_source_set_time_relative(state_->source.get(), static_cast<std::uint64_t>(delay.count()));
    sd_event_source_set_enabled(state_->source.get(), SD_EVENT_ONESHOT);
}

void EventSource::disarm() {
    sd_event_source_set_enabled(state_->source.get(), SD_EVENT_OFF);
}

void EventSource::trigger() {
    sd_event_source_set_enabled(state_->source.get(), SD_EVENT_ONESHOT);
}

void EventSource::prepare(Handler handler) {
    state_->prepare = std::move(handler);
    sd_event_source_set_prepare(state_->source.get(), [](sd_event_source*, void* data) noexcept {
        static_cast<State*>(data)->prepare();
        return 0;
    });
}

EventLoop::EventLoop(SdEventHandle event)
    : event_(std::move(event)), sources_(std::make_shared<std::size_t>(0)) {}

Result<EventLoop> EventLoop::create() {
    sd_event* event = nullptr;
    if (const int code = sd_event_new(&event); code < 0) {
        return failure(-code, "cannot create the event loop");
    }
    return EventLoop(SdEventHandle(event));
}

Result<EventSource> EventLoop::addIo(int fd, std::uint32_t events, EventSource::IoHandler handler,
                                     Priority priority) {
    EventSource result;
    result.state_ = std::make_unique<EventSource::State>(sources_, std::move(handler));
    sd_event_source* source = nullptr;
    const auto thunk = [](sd_event_source*, int, std::uint32_t revents, void* data) noexcept {
        std::get<EventSource::IoHandler>(static_cast<EventSource::State*>(data)->handler)(revents);
        return 0;
    };
    if (const int code = sd_event_add_io(event_.get(), &source, fd, events, thunk, result.state_.get());
        code < 0) {
        return failure(-code, "cannot watch a descriptor");
    }
    result.state_->source.reset(source);
    sd_event_source_set_priority(source, value(priority));
    return result;
}

Result<EventSource> EventLoop::addTimer(EventSource::Handler handler) {
    EventSource result;
    result.state_ = std::make_unique<EventSource::State>(sources_, std::move(handler));
    sd_event_source* source = nullptr;
    const auto thunk = [](sd_event_source*, std::uint64_t, void* data) noexcept {
        std::get<EventSource::Handler>(static_cast<EventSource::State*>(data)->handler)();
        return 0;
    };
    if (const int code = sd_event_add_time(event_.get(), &source, CLOCK_MONOTONIC, 0, kTimerAccuracyUs, thunk,
                                           result.state_.get());
        code < 0) {
        return failure(-code, "cannot create a timer");
    }
    result.state_->source.reset(source);
    sd_event_source_set_enabled(source, SD_EVENT_OFF);
    return result;
}

Result<EventSource> EventLoop::addSignal(int number, EventSource::SignalHandler handler) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, nullptr);

    EventSource result;
    result.state_ = std::make_unique<EventSource::State>(sources_, std::move(handler));
    sd_event_source* source = nullptr;
    const auto thunk = [](sd_event_source*, const signalfd_siginfo* info, void* data) noexcept {
        std::get<EventSource::SignalHandler>(static_cast<EventSource::State*>(data)->handler)(
            static_cast<int>(info->ssi_signo));
        return 0;
    };
    if (const int code = sd_event_add_signal(event_.get(), &source, number, thunk, result.state_.get());
        code < 0) {
        return failure(-code, "cannot handle a signal", strsignal(number)); // NOLINT(concurrency-mt-unsafe)
    }
    result.state_->source.reset(source);
    return result;
}

Result<EventSource> EventLoop::addInotify(const std::string& path, std::uint32_t mask,
                                          EventSource::InotifyHandler handler) {
    EventSource result;
    result.state_ = std::make_unique<EventSource::State>(sources_, std::move(handler));
    sd_event_source* source = nullptr;
    const auto thunk = [](sd_event_source*, const inotify_event* event, void* data) noexcept {
        std::get<EventSource::InotifyHandler>(static_cast<EventSource::State*>(data)->handler)(*event);
        return 0;
    };
    if (const int code =
            sd_event_add_inotify(event_.get(), &source, path.c_str(), mask, thunk, result.state_.get());
        code < 0) {
        return failure(-code, "cannot watch for files", path);
    }
    result.state_->source.reset(source);
    return result;
}

Result<EventSource> EventLoop::addDeferred(EventSource::Handler handler) {
    EventSource result;
    result.state_ = std::make_unique<EventSource::State>(sources_, std::move(handler));
    sd_event_source* source = nullptr;
    const auto thunk = [](sd_event_source*, void* data) noexcept {
        std::get<EventSource::Handler>(static_cast<EventSource::State*>(data)->handler)();
        return 0;
    };
    if (const int code = sd_event_add_defer(event_.get(), &source, thunk, result.state_.get()); code < 0) {
        return failure(-code, "cannot create a deferred call");
    }
    result.state_->source.reset(source);
    sd_event_source_set_enabled(source, SD_EVENT_OFF);
    return result;
}

Result<EventSource> EventLoop::addPrepare(EventSource::Handler handler, Priority priority) {
    // sd-event prepares only enabled sources: a timer that is armed for the end of time never wakes anybody.
    auto result = addTimer([] {});
    if (result) {
        sd_event_source_set_time(result->state_->source.get(), UINT64_MAX);
        sd_event_source_set_enabled(result->state_->source.get(), SD_EVENT_ON);
        sd_event_source_set_priority(result->state_->source.get(), value(priority));
        result->prepare(std::move(handler));
    }
    return result;
}

Result<> EventLoop::enableWatchdog() {
    if (const int code = sd_event_set_watchdog(event_.get(), 1); code < 0) {
        return failure(-code, "cannot answer the service manager's watchdog");
    }
    return {};
}

Result<int> EventLoop::run() {
    const int code = sd_event_loop(event_.get());
    if (code < 0) {
        return failure(-code, "the event loop failed");
    }
    return code;
}

Result<> EventLoop::turn(std::chrono::microseconds longest) {
    if (const int code = sd_event_run(event_.get(), static_cast<std::uint64_t>(longest.count())); code < 0) {
        return failure(-code, "the event loop failed");
    }
    return {};
}

void EventLoop::exit(int code) {
    sd_event_exit(event_.get(), code);
}

} // namespace compositord
