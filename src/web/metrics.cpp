#include "web/metrics.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace compositord {

namespace {

class Exposition {
public:
    void describe(std::string_view name, std::string_view type, std::string_view help) {
        fmt::format_to(std::back_inserter(text), "# HELP compositord_{0} {2}\n# TYPE compositord_{0} {1}\n",
                       name, type, help);
    }

    template <class Number> void sample(std::string_view name, std::string_view labels, Number value) {
        fmt::format_to(std::back_inserter(text), "compositord_{}{} {}\n", name, labels, value);
    }

    template <class Number>
    void single(std::string_view name, std::string_view type, std::string_view help, Number value) {
        describe(name, type, help);
        sample(name, "", value);
    }

    void counts(std::string_view name, std::string_view help, const Counts& counts, std::string_view first,
                std::string_view second) {
        describe(name, "counter", help);
        for (const auto& [labels, count] : counts) {
            const std::string more = second.empty() ? "" : fmt::format(",{}=\"{}\"", second, labels.second);
            sample(name, fmt::format("{{{}=\"{}\"{}}}", first, labels.first, more), count);
        }
    }

    std::string text;
};

std::uint64_t residentBytes() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t total = 0;
    std::uint64_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

} // namespace

void Histogram::observe(std::chrono::nanoseconds duration) {
    const double seconds = std::chrono::duration<double>(duration).count();
    const auto* const bound = std::ranges::lower_bound(kBounds, seconds);
    ++counts_[static_cast<std::size_t>(bound - kBounds.begin())];
    sum_ += seconds;
}

std::array<std::uint64_t, Histogram::kBounds.size() + 1> Histogram::cumulative() const {
    auto result = counts_;
    for (std::size_t i = 1; i < result.size(); ++i) {
        result[i] += result[i - 1];
    }
    return result;
}

std::string expositionOf(const Metrics& metrics, const Gauges& gauges) {
    Exposition out;
    out.describe("clients", "gauge", "Clients that follow the world, by dialect.");
    for (const auto& [dialect, count] : gauges.clients) {
        out.sample("clients", fmt::format("{{dialect=\"{}\"}}", dialect), count);
    }
    out.single("connections", "gauge", "Connections, whatever they are for.", gauges.connections);
    out.single("frames_sent_total", "counter", "Frames written to clients.", metrics.framesSent);
    out.single("sent_bytes_total", "counter", "Bytes of frames written to clients.", metrics.bytesSent);
    out.single("http_sent_bytes_total", "counter", "Bytes of HTTP responses.", metrics.httpBytesSent);
    out.single("updates_merged_total", "counter", "Revisions that reached a client merged into a later one.",
               metrics.updatesMerged);
    out.counts("requests_total", "Messages from clients.", metrics.requests, "type", "outcome");
    out.counts("http_requests_total", "HTTP requests.", metrics.httpRequests, "route", "status");
    out.counts("refused_total", "Connections, requests and messages that were turned away.", metrics.refused,
               "kind", "");
    out.counts("clients_closed_total", "Clients that went or were given up.", metrics.closed, "reason", "");
    out.single("revision", "gauge", "The world's revision.", gauges.revision);
    out.single("compositor_connected", "gauge", "Whether there is a compositor.", gauges.connected ? 1 : 0);
    out.describe("sessions", "gauge", "Sessions that wait or run.");
    for (const auto& [state, count] : gauges.sessions) {
        out.sample("sessions", fmt::format("{{state=\"{}\"}}", state), count);
    }
    out.describe("sessions_ended_total", "counter", "Tasks of sessions that have ended.");
    for (const auto& [outcome, count] : gauges.sessionsEnded) {
        out.sample("sessions_ended_total", fmt::format("{{outcome=\"{}\"}}", outcome), count);
    }
    out.single("bus_malformed_total", "counter",
               "Calls on the bus of what is not there, or with wrong arguments.", gauges.busMalformed);
    out.single("progress_malformed_total", "counter",
               "What clients of progress sockets sent that is no message.", gauges.progressMalformed);
    out.single("loop_sources", "gauge", "What the program waits for: descriptors, timers and the like.",
               gauges.loopSources);
    out.single("resident_memory_bytes", "gauge", "Memory that the process has in RAM.", residentBytes());

    constexpr std::string_view latency = "commit_to_write_seconds";
    out.describe(latency, "histogram", "From a commit of the compositor to the write of it to a client.");
    const auto buckets = metrics.commitToWrite.cumulative();
    for (std::size_t i = 0; i < Histogram::kBounds.size(); ++i) {
        out.sample(fmt::format("{}_bucket", latency), fmt::format("{{le=\"{}\"}}", Histogram::kBounds[i]),
                   buckets[i]);
    }
    out.sample(fmt::format("{}_bucket", latency), "{le=\"+Inf\"}", buckets.back());
    out.sample(fmt::format("{}_sum", latency), "", metrics.commitToWrite.sum());
    out.sample(fmt::format("{}_count", latency), "", buckets.back());
    return out.text;
}

} // namespace compositord
