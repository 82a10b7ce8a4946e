// Shows what goes over the connections of all clients to those who may look, without slowing anybody.
// While nobody looks, all of this is a test of one flag. Who looks is sent what fits: text that waits for an
// inspector is bounded, messages beyond that are counted and left out, and an inspector that would even miss
// who comes and goes is sent away, to begin anew.
#pragma once

#include "base/event_loop.hpp"
#include "web/traffic_event.hpp"
#include "web/traffic_stream.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace compositord {

class Client;

class Traffic {
public:
    /// The loop outlives this.
    static Result<std::unique_ptr<Traffic>> create(EventLoop& loop);

    Traffic(const Traffic&) = delete;
    Traffic& operator=(const Traffic&) = delete;
    ~Traffic() = default;

    /// What inspectors speak.
    const Dialect& dialect() const { return stream_; }

    /// A client of that dialect begins to look; these clients are there.
    void watch(Client& inspector, std::span<const Client* const> clients);

    /// The inspector's socket takes data.
    void onReady(Client& inspector);

    // What happens to any client. Inspectors themselves are not shown.

    /// It came, or its subscription changed.
    void changed(const Client& client) {
        if (watched()) {
            tellOf(client);
        }
    }

    void sent(const Client& client, const Frame& frame) {
        if (watched()) {
            tellSent(client, frame);
        }
    }

    /// `type` is empty for what could not be read.
    void received(const Client& client, std::string_view message, std::string_view type) {
        if (watched()) {
            tellReceived(client, message, type);
        }
    }

    /// `reason` is a literal.
    void went(Client& client, std::string_view reason) {
        if (watched()) {
            tellGone(client, reason);
        }
    }

private:
    Traffic() = default;

    bool watched() const { return !inspectors_.empty(); }

    struct Inspector {
        std::string waiting;
        std::uint64_t dropped = 0;
    };

    struct Counted {
        traffic::Counts counts;
        bool changed = false; // since it was sent last
    };

    void tellOf(const Client& client);
    void tellSent(const Client& client, const Frame& frame);
    void tellReceived(const Client& client, std::string_view message, std::string_view type);
    void tellGone(Client& client, std::string_view reason);
    bool shown(const Client& client) const;
    void tell(const traffic::Message& message);
    void tellAll(const std::string& event);
    void sendCounts();
    void sendAll();
    void send(Client& client, Inspector& inspector);
    void sendSoon();

    TrafficStream stream_;
    std::unordered_map<Client*, Inspector> inspectors_;
    std::unordered_map<ClientNumber, Counted> counts_; // since the first inspector came
    bool sendingSoon_ = false;
    EventSource soon_;
    EventSource everySecond_;
};

} // namespace compositord
