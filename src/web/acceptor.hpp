// Takes connections from the listening sockets, as many as there may be.
#pragma once

#include "base/event_loop.hpp"
#include "web/connections.hpp"
#include "web/listener.hpp"
#include "web/refusals.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace compositord {

class Acceptor {
public:
    /// Gets a connected socket, not blocking, and the record of it; whoever gets them removes the record when
    /// the connection ends.
    using Handler = std::move_only_function<void(UniqueFd fd, Connection& connection)>;

    /// All outlive this. `encrypted`: what comes over TCP speaks TLS.
    Acceptor(Connections& connections, Refusals& refusals, bool encrypted, Handler handler)
        : connections_(connections), refusals_(refusals), encrypted_(encrypted),
          handler_(std::move(handler)) {}

    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;
    ~Acceptor() = default;

    Result<> add(EventLoop& loop, ListeningSocket socket);

    /// Takes a connected socket, not blocking, as if it had come by that door.
    void admit(UniqueFd fd, const Door& door);

private:
    struct Listener {
        ListeningSocket socket;
        Door door;
        EventSource source;
    };

    void accept(const Listener& listener);
    void turnAway(const UniqueFd& fd, std::string_view limit, bool encrypted);

    Connections& connections_;
    Refusals& refusals_;
    bool encrypted_;
    Handler handler_;
    std::vector<std::unique_ptr<Listener>> listeners_;
};

} // namespace compositord
