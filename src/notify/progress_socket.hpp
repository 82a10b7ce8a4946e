// The socket that programs outside follow the progress of one kind of work on: NAME.sock, and NAME.json.sock
// for those that rather read a JSON object per line. Up to kMostQueued messages wait while nobody is
// connected, and go to the one who comes next; the same number waits for a client that is slow, and then the
// oldest are dropped.
#pragma once

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "notify/progress_message.hpp"
#include "notify/socket_folder.hpp"

#include <array>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>

namespace compositord {

class ProgressSocket {
public:
    static constexpr std::size_t kMostQueued = 100;
    static constexpr std::ptrdiff_t kMostClients = 10; // one more is closed at once

    using OnControl = std::function<void(const ProgressControl&)>;

    /// The event's name is 1 to 64 of A-Z a-z 0-9 _ -. `onControl` must not destroy this.
    static Result<std::unique_ptr<ProgressSocket>> open(EventLoop& loop, const Log& log,
                                                        const SocketFolder& folder, std::string eventName,
                                                        OnControl onControl);

    ProgressSocket(const ProgressSocket&) = delete;
    ProgressSocket& operator=(const ProgressSocket&) = delete;
    ~ProgressSocket();

    void send(const ProgressMessage& message);

    std::size_t clients() const { return clients_.size(); }

    /// Messages of clients, so far, that were none.
    std::uint64_t malformed() const { return malformed_; }

private:
    struct Door {
        NamedSocket socket;
        ProgressFormat format;
        EventSource source;
    };

    class Client;

    ProgressSocket(EventLoop& loop, Log log, std::string eventName, OnControl onControl);

    Result<> listen(const SocketFolder& folder, const std::string& name, ProgressFormat format);
    void acceptAll(const Door& door);
    void admit(const Door& door, UniqueFd fd);
    void onReady(Client& client, std::uint32_t events);
    void sweepSoon();
    void sweep();

    EventLoop& loop_;
    Log log_;
    std::string eventName_;
    OnControl onControl_;
    std::uint64_t malformed_ = 0;
    std::list<Door> doors_;
    std::list<Client> clients_;
    std::deque<ProgressMessage> queue_; // for the next one who comes
    EventSource sweep_;                 // clears away clients that are gone, outside their own callbacks
};

} // namespace compositord
