// Shows the Wayland messages between this program and its compositors to those who may look.
// While nobody looks, nobody decodes them. Who looks is sent what fits; what does not is counted and left
// out.
#pragma once

#include "base/event_loop.hpp"
#include "web/side_stream.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace compositord {

class Client;

class WireStream {
public:
    /// Told whether anybody looks. `watched` may call tell() at once.
    using Handler = std::function<void(bool watched)>;

    /// The loop outlives this.
    static Result<std::unique_ptr<WireStream>> create(EventLoop& loop, Handler onWatched);

    WireStream(const WireStream&) = delete;
    WireStream& operator=(const WireStream&) = delete;
    ~WireStream() = default;

    /// What those who look speak.
    const Dialect& dialect() const { return dialect_; }

    /// A client of that dialect begins to look.
    void watch(Client& client);

    /// Its socket takes data.
    void onReady(Client& client);

    /// Any client went.
    void went(Client& client);

    /// One message: a JSON object without its first brace, which gets the compositor's name and the time.
    void tell(std::string_view compositor, std::string_view json);

private:
    class WireDialect final : public SideStream {
    public:
        std::string_view name() const override { return "wayland"; }
    };

    struct Watcher {
        std::string waiting;
        std::uint64_t dropped = 0;
    };

    explicit WireStream(Handler onWatched) : onWatched_(std::move(onWatched)) {}

    void send(Client& client, Watcher& watcher);

    WireDialect dialect_;
    Handler onWatched_;
    std::unordered_map<Client*, Watcher> watchers_;
    bool sendingSoon_ = false;
    EventSource soon_;
};

} // namespace compositord
