// Calls in the loop's next turn: for an object that may be destroyed by whom it tells something, and so must
// not tell it from inside of its own source's callback.
#pragma once

#include "base/event_loop.hpp"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace compositord {

class Afterwards {
public:
    using Call = std::move_only_function<void()>;

    /// Whose calls they are: with it goes what was not called yet.
    class Owner {
    public:
        Owner() : alive_(std::make_shared<char>()) {}

        std::weak_ptr<void> watch() const { return alive_; }

    private:
        std::shared_ptr<char> alive_;
    };

    /// The loop outlives it.
    static Result<std::unique_ptr<Afterwards>> create(EventLoop& loop) {
        std::unique_ptr<Afterwards> result(new Afterwards);
        auto turn = loop.addDeferred([target = result.get()] { target->run(); });
        if (!turn) {
            return std::unexpected(turn.error());
        }
        result->turn_ = std::move(*turn);
        return result;
    }

    Afterwards(const Afterwards&) = delete;
    Afterwards& operator=(const Afterwards&) = delete;
    ~Afterwards() = default;

    /// The call may destroy its owner.
    void call(const Owner& owner, Call call) {
        calls_.emplace_back(owner.watch(), std::move(call));
        turn_.trigger();
    }

private:
    Afterwards() = default;

    void run() {
        auto calls = std::exchange(calls_, {}); // they may ask for others
        for (auto& [alive, call] : calls) {
            if (!alive.expired()) {
                call();
            }
        }
    }

    std::vector<std::pair<std::weak_ptr<void>, Call>> calls_;
    EventSource turn_;
};

} // namespace compositord
