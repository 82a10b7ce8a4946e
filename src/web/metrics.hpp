// What the server counts about itself, and its text in the exposition format of Prometheus.
// Plain numbers: one thread counts and reads them.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace compositord {

/// How often durations fell below each of a few bounds.
class Histogram {
public:
    static constexpr std::array<double, 12> kBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                    0.01,   0.025,   0.05,   0.1,   0.5,    2.5}; // s

    void observe(std::chrono::nanoseconds duration);

    /// Per bound, how many were not longer; with all of them at the end.
    std::array<std::uint64_t, kBounds.size() + 1> cumulative() const;

    double sum() const { return sum_; }

private:
    std::array<std::uint64_t, kBounds.size() + 1> counts_{};
    double sum_ = 0;
};

/// Counts by two labels, whose values are literals, so that no client can make more of them.
using Counts = std::map<std::pair<std::string_view, std::string_view>, std::uint64_t>;

struct Metrics {
    std::uint64_t framesSent = 0;
    std::uint64_t bytesSent = 0;     // of frames to clients
    std::uint64_t httpBytesSent = 0; // of other HTTP responses
    std::uint64_t updatesMerged = 0; // revisions that a client was not told of one by one
    Counts requests;                 // by type and outcome: of WebSocket messages
    Counts httpRequests;             // by route and status
    Counts refused;                  // by kind: connections, requests and messages that were turned away
    Counts closed;                   // by reason: clients that the server gave up, or that went
    Histogram commitToWrite;
};

/// What is not counted but is so at the moment.
struct Gauges {
    std::map<std::string_view, std::uint64_t> clients; // by dialect
    std::uint64_t connections = 0;
    std::uint64_t loopSources = 0; // what the loop of the program waits for
    std::uint64_t revision = 0;
    bool connected = false;
    std::map<std::string_view, std::uint64_t> sessions;      // by state: those that wait or run
    std::map<std::string_view, std::uint64_t> sessionsEnded; // by outcome, since the program started
    std::uint64_t busMalformed = 0;      // calls on the bus of what is not there, or with wrong arguments
    std::uint64_t progressMalformed = 0; // what clients of progress sockets sent that is no message
};

std::string expositionOf(const Metrics& metrics, const Gauges& gauges);

} // namespace compositord
