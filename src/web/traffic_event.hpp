// What the inspector of traffic is told, as server-sent events: who the clients are, and what is said to and
// by them.
// Pure text-making, so that it can be tested with any bytes.
#pragma once

#include "web/frame.hpp"
#include "world/types.hpp"
#include "world/view.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace compositord::traffic {

using Time = std::chrono::system_clock::time_point;

enum class Direction : std::uint8_t { sent, received };

enum class Kind : std::uint8_t { text, binary, close, event };

/// One message on its way to or from a client.
struct Message {
    ClientNumber client{};
    std::string_view dialect;
    Direction direction = Direction::sent;
    Time time;
    Kind kind = Kind::text;
    std::size_t bytes = 0; // with the framing, as far as this program makes it
    std::string_view type; // empty: to be found in the payload
    std::string_view payload;
};

struct Peer {
    ClientNumber client{};
    std::string address;
    std::string_view dialect;
    Time since;
    View view;
    std::chrono::microseconds interval{0};
};

struct Count {
    std::uint64_t frames = 0;
    std::uint64_t bytes = 0;
};

struct Counts {
    ClientNumber client{};
    Count sent;
    Count received;
};

/// What of a longer message's text is told.
inline constexpr std::size_t kLongestText = std::size_t{16} * 1024;

std::string messageEvent(const Message& message);
std::string clientEvent(const Peer& peer);
std::string goneEvent(ClientNumber client, Time time, std::string_view reason);
std::string countsEvent(Time time, const std::vector<Counts>& clients);

/// So many messages were left out here.
std::string droppedEvent(std::uint64_t messages);

/// One part of a frame.
struct Part {
    Kind kind = Kind::text;
    std::size_t bytes = 0;
    std::string_view type; // of an event; of other messages it is in the payload
    std::string_view payload;
};

/// The messages in a frame of this program's own making, as WebSocket messages or as server-sent events.
std::vector<Part> partsOf(const Frame& frame, bool webSocket);

} // namespace compositord::traffic
