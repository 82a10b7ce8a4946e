// One timer for all clients that wait for something: the end of their least interval, or of a silence.
#pragma once

#include "base/event_loop.hpp"
#include "web/client.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>

namespace compositord {

class Wakeups {
public:
    using Clock = std::chrono::steady_clock;
    using Handler = std::move_only_function<void(Client& client)>;

    /// The loop outlives this.
    static Result<std::unique_ptr<Wakeups>> create(EventLoop& loop, Handler handler);

    Wakeups(const Wakeups&) = delete;
    Wakeups& operator=(const Wakeups&) = delete;
    ~Wakeups() = default;

    /// Calls the handler at that time, unless an earlier call is due for the client; that one has to ask
    /// again.
    void wakeAt(Client& client, Clock::time_point time);

    void forget(Client& client);

private:
    explicit Wakeups(Handler handler) : handler_(std::move(handler)) {}

    void onTimer();
    void arm();

    using Queue = std::multimap<Clock::time_point, Client*>;

    Handler handler_;
    Queue queue_;
    std::unordered_map<Client*, Queue::iterator> byClient_;
    Clock::time_point armedFor_ = Clock::time_point::max();
    EventSource timer_;
};

} // namespace compositord
