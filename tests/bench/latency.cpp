// How long from a camera's commit in the compositor to its arrival at WebSocket clients, through compositord
// and through a minimal relay, in one run: events alternate between the two, so that both meet the same
// machine. The source and the clients are this one process, and one event is on its way at a time.
#include "audience.hpp"
#include "camera_source.hpp"
#include "child.hpp"
#include "runtime_directory.hpp"

#include <fmt/core.h>

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

namespace {

struct Series {
    std::vector<double> first; // microseconds
    std::vector<double> last;
    std::chrono::nanoseconds cpu{};
};

double percentile(std::vector<double> values, double share) {
    const auto at =
        values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

void note(Series& series, Clock::time_point begin, const Arrival& arrival) {
    const auto micros = [begin](Clock::time_point end) {
        return std::chrono::duration<double, std::micro>(end - begin).count();
    };
    series.first.push_back(micros(arrival.first));
    series.last.push_back(micros(arrival.last));
}

void compare(const char* what, const std::vector<double>& daemon, const std::vector<double>& relay) {
    for (const double share : {0.5, 0.99}) {
        const double ours = percentile(daemon, share);
        const double bare = percentile(relay, share);
        fmt::print("  {:<28} p{:<3.0f} {:>9.1f} us {:>9.1f} us   ratio {:.2f}\n", what, share * 100, ours,
                   bare, ours / bare);
    }
}

std::string programBeside(const std::filesystem::path& self, const char* relative) {
    return (self.parent_path() / relative).lexically_normal().string();
}

void measure(const std::filesystem::path& self, std::size_t clients, int events) {
    CameraSource source;
    setenv("WAYLAND_DISPLAY", source.socketName(), 1);
    std::array<int, 2> pair{};
    check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()), "socketpair");
    const Fd relaySource(pair[0]);
    Fd relayEnd(pair[1]);

    const Child daemon({programBeside(self, "../../src/compositord"), "--port", "0"},
                       "listening on http://127.0.0.1:");
    const Child relay({programBeside(self, "relay")}, "", relayEnd.get());
    relayEnd = Fd();
    source.awaitClient();
    const auto help = [&source] { source.dispatch(); };

    Audience viewers(daemon.port(), clients);
    viewers.await("BENCH-1", source.descriptor(), help);
    Audience listeners(relay.port(), clients);

    // The relay is given what compositord makes of an event, so that both send the same bytes.
    source.moveTo(1);
    viewers.await("CameraUpdate", source.descriptor(), help);
    const std::string message = viewers.text();

    Series ours;
    Series bare;
    const int warmUp = std::max(10, events / 20);
    for (int i = 0; i < events + warmUp; ++i) {
        if (i == warmUp) {
            ours = {.cpu = daemon.cpuTime()};
            bare = {.cpu = relay.cpuTime()};
        }
        Clock::time_point begin = Clock::now();
        source.moveTo(2 + i);
        note(ours, begin, viewers.await("CameraUpdate", source.descriptor(), help));

        begin = Clock::now();
        check(static_cast<int>(send(relaySource.get(), message.data(), message.size(), MSG_NOSIGNAL)),
              "send");
        note(bare, begin, listeners.await("CameraUpdate", -1, {}));
    }
    ours.cpu = daemon.cpuTime() - ours.cpu;
    bare.cpu = relay.cpuTime() - bare.cpu;

    fmt::print("{} client{}, {} events, {} bytes each{:>15}{:>13}\n", clients, clients == 1 ? "" : "s",
               events, message.size(), "compositord", "relay");
    compare(clients == 1 ? "commit to client" : "commit to first client", ours.first, bare.first);
    if (clients > 1) {
        compare("commit to all clients", ours.last, bare.last);
    }
    const double perEvent = 1e-3 / events;
    const double ourCpu = static_cast<double>(ours.cpu.count()) * perEvent;
    const double bareCpu = static_cast<double>(bare.cpu.count()) * perEvent;
    fmt::print("  {:<33}{:>9.1f} us {:>9.1f} us   ratio {:.2f}\n", "processor time per event", ourCpu,
               bareCpu, ourCpu / bareCpu);
    fmt::print("  {:<33}{:>8} KiB {:>8} KiB\n\n", "resident memory", daemon.residentKib(),
               relay.residentKib());
}

} // namespace

} // namespace bench

int main(int argc, char** argv) {
    try {
        const std::filesystem::path self = std::filesystem::canonical("/proc/self/exe");
        const int events = argc > 1 ? std::atoi(argv[1]) : 3000; // NOLINT(cert-err34-c): checked below
        if (events < 1) {
            fmt::print(stderr, "usage: latency [EVENTS]\n");
            return EXIT_FAILURE;
        }
        bench::allowManyDescriptors();
        const bench::RuntimeDirectory directory;
        bench::measure(self, 1, events);
        bench::measure(self, 1000, std::max(100, events / 10));
    } catch (const std::exception& error) {
        fmt::print(stderr, "latency: {}\n", error.what());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
