// A thousand clients of one daemon whose camera moves at 240 Hz, while one client reads nothing and another
// one comes again every 100 ms. Everybody else has to be told in order and in the end of the newest state,
// memory has to stay bounded, and nothing may be left of those who went. Fails if that does not hold.
#include "camera_source.hpp"
#include "child.hpp"
#include "runtime_directory.hpp"
#include "viewer.hpp"

#include <fmt/core.h>

#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bench {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{60};
constexpr milliseconds kRestlessEvery{100};
constexpr std::chrono::seconds kGivenUpAfter{41}; // silent for 30 s, and no answer to a ping for 10 s

// What a client may cost, and what one that stalls may cost beside: its outbox is no larger than what the
// socket has left of the newest frame.
constexpr long kKibPerClient = 12;
constexpr long kKibOfStall = 256;

// Crowds that come again: one that comes while the daemon still reads that the last one went has its memory
// beside that one's, but a few KiB that stay of each client would add up to more than this.
constexpr int kRounds = 8;
constexpr long kKibLeft = 9;
constexpr int kStalledBuffer = 4096;
constexpr std::uint64_t kStaleFrames = 128; // what sockets hold
constexpr long kKibOfNoise = 1024;          // pages of the allocator

struct Wanted {
    std::size_t clients = 1000;
    int seconds = 60;
    int rate = 240;
    bool bounded = true; // false where a checker of addresses keeps freed memory
};

Fd timer(std::chrono::nanoseconds interval) {
    Fd fd(check(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd"));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(interval);
    const timespec every{.tv_sec = seconds.count(), .tv_nsec = (interval - seconds).count()};
    const itimerspec spec{.it_interval = every, .it_value = every};
    check(timerfd_settime(fd.get(), 0, &spec, nullptr), "timerfd_settime");
    return fd;
}

std::uint64_t ticks(const Fd& fd) {
    std::uint64_t count = 0;
    return ::read(fd.get(), &count, sizeof count) == sizeof count ? count : 0;
}

class Crowd {
public:
    Crowd(CameraSource& source, const Child& daemon)
        : source_(source), daemon_(daemon), epoll_(check(epoll_create1(EPOLL_CLOEXEC), "epoll")) {
        watch(epoll_, source.descriptor());
    }

    void come(std::size_t clients) {
        for (std::size_t i = 0; i < clients; ++i) {
            add(std::make_unique<Viewer>(daemon_.port()));
        }
        turnUntil([this] { return everybodyHas("BENCH-1"); }, "be told of the camera");
    }

    void go() {
        viewers_.clear();
        stalled_ = restless_ = nullptr;
    }

    /// Moves the camera for so long.
    void move(std::chrono::seconds length, int rate) {
        const Fd camera = timer(std::chrono::nanoseconds(std::chrono::seconds(1)) / rate);
        const Fd coming = timer(kRestlessEvery);
        watch(epoll_, camera.get());
        watch(epoll_, coming.get());
        const auto begin = Clock::now();
        const auto end = begin + length;
        restless_ = add(std::make_unique<Viewer>(daemon_.port()));
        stalled_ = add(std::make_unique<Viewer>(daemon_.port(), kStalledBuffer));
        ignore(*stalled_);
        while (Clock::now() < end) {
            turn();
            // One move per tick, also of those that were missed: the daemon gets all of them.
            for (std::uint64_t i = ticks(camera); i > 0; --i) {
                source_.moveTo(++position_);
            }
            if (ticks(coming) > 0) {
                remove(*restless_);
                restless_ = add(std::make_unique<Viewer>(daemon_.port()));
                ++visits_;
            }
            peak_ = std::max(peak_, daemon_.residentKib());
        }
        const std::uint64_t before = stalled_->frames();
        if (length < kGivenUpAfter) {
            watch(epoll_, stalled_->descriptor());
        } else {
            // It answered no ping: it was sent away, and comes again as any client does.
            readToTheEnd(*stalled_);
            afterStall_ = stalled_->frames() - before;
            remove(*stalled_);
            stalled_ = add(std::make_unique<Viewer>(daemon_.port()));
        }
        turnUntil([this] { return everybodyIsAt(position_); }, "be told of the camera's last place");
        if (length < kGivenUpAfter) {
            afterStall_ = stalled_->frames() - before;
        }
    }

    std::int32_t moves() const { return position_; }

    std::uint64_t visits() const { return visits_; }

    std::uint64_t framesAfterStall() const { return afterStall_; }

    long peakKib() const { return peak_; }

    std::vector<std::uint64_t> frames() const {
        std::vector<std::uint64_t> counts;
        for (const auto& [fd, viewer] : viewers_) {
            if (viewer.get() != stalled_ && viewer.get() != restless_) {
                counts.push_back(viewer->frames());
            }
        }
        std::ranges::sort(counts);
        return counts;
    }

private:
    Viewer* add(std::unique_ptr<Viewer> viewer) {
        Viewer* const added = viewer.get();
        watch(epoll_, added->descriptor());
        viewers_.emplace(added->descriptor(), std::move(viewer));
        return added;
    }

    void ignore(const Viewer& viewer) {
        check(epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, viewer.descriptor(), nullptr), "epoll_ctl");
    }

    void remove(const Viewer& viewer) {
        const int fd = viewer.descriptor();
        viewers_.erase(fd);
    }

    /// Fails if the server did not end the connection.
    static void readToTheEnd(Viewer& viewer) {
        for (const auto end = Clock::now() + kPatience; Clock::now() < end;) {
            try {
                viewer.read();
            } catch (const std::exception&) {
                return;
            }
        }
        throw std::runtime_error("a client that answers no ping is still connected");
    }

    void turn() {
        constexpr int longestMs = 100;
        std::array<epoll_event, 256> events{};
        const int count =
            check(epoll_wait(epoll_.get(), events.data(), events.size(), longestMs), "epoll_wait");
        for (int i = 0; i < count; ++i) {
            const int fd = events.at(static_cast<std::size_t>(i)).data.fd;
            if (fd == source_.descriptor()) {
                source_.dispatch();
            } else if (const auto found = viewers_.find(fd); found != viewers_.end()) {
                found->second->read();
            }
        }
    }

    template <class Done> void turnUntil(const Done& done, const char* what) {
        const auto end = Clock::now() + kPatience;
        while (!done()) {
            if (Clock::now() > end) {
                throw std::runtime_error(fmt::format("not all clients came to {}", what));
            }
            turn();
        }
    }

    bool everybodyHas(std::string_view words) const {
        return std::ranges::all_of(viewers_,
                                   [words](const auto& each) { return each.second->last().contains(words); });
    }

    bool everybodyIsAt(std::int32_t place) const { return everybodyHas(fmt::format("\"x\":{},", place)); }

    CameraSource& source_;
    const Child& daemon_;
    Fd epoll_;
    std::unordered_map<int, std::unique_ptr<Viewer>> viewers_;
    Viewer* stalled_ = nullptr;
    Viewer* restless_ = nullptr;
    std::int32_t position_ = 0;
    std::uint64_t visits_ = 0;
    std::uint64_t afterStall_ = 0;
    long peak_ = 0;
};

bool holds(bool condition, const std::string& what) {
    fmt::print("  {} {}\n", condition ? "ok  " : "FAIL", what);
    return condition;
}

bool run(const std::filesystem::path& self, const Wanted& wanted) {
    CameraSource source;
    setenv("WAYLAND_DISPLAY", source.socketName(), 1);
    const Child daemon({(self.parent_path() / "../../src/compositord").lexically_normal().string(), "--port",
                        "0", "--orchestrator-port", "0", "--manifest",
                        std::string(std::getenv("XDG_RUNTIME_DIR")) + "/manifest.json"},
                       "listening on http://127.0.0.1:");
    source.awaitClient();
    const long alone = daemon.residentKib();
    Crowd crowd(source, daemon);
    crowd.come(wanted.clients);
    const long idle = daemon.residentKib();
    const auto cpu = daemon.cpuTime();
    crowd.move(std::chrono::seconds(wanted.seconds), wanted.rate);
    const auto used = daemon.cpuTime() - cpu;
    const auto counts = crowd.frames();
    for (int round = 0; round < kRounds; ++round) {
        crowd.go();
        crowd.come(wanted.clients);
    }
    const long again = daemon.residentKib();

    std::uint64_t delivered = 0;
    for (const std::uint64_t count : counts) {
        delivered += count;
    }
    fmt::print(
        "{} clients, {} s at {} Hz: {} moves, {} to {} frames each, {:.1f} us of a processor per frame; "
        "one client came {} times, one was not read\n",
        wanted.clients, wanted.seconds, wanted.rate, crowd.moves(), counts.front(), counts.back(),
        static_cast<double>(used.count()) * 1e-3 / static_cast<double>(delivered), crowd.visits());
    fmt::print("  resident: {} KiB without clients, {} with, {} at most meanwhile, {} with as many new "
               "ones for the {}th time\n",
               alone, idle, crowd.peakKib(), again, kRounds);
    bool good = holds(true, "every client was told in order and of the newest state");
    good &= holds(crowd.framesAfterStall() <= kStaleFrames,
                  fmt::format("the one that was not read had {} frames to read", crowd.framesAfterStall()));
    if (wanted.bounded) {
        const auto clients = static_cast<long>(wanted.clients);
        good &= holds(idle - alone <= kKibPerClient * clients + kKibOfNoise,
                      fmt::format("at most {} KiB a client", kKibPerClient));
        good &= holds(crowd.peakKib() - idle <= kKibOfStall + kKibOfNoise,
                      fmt::format("at most {} KiB more under way", kKibOfStall + kKibOfNoise));
        good &=
            holds(again - idle <= kKibLeft * clients + kKibOfNoise, "nothing is left of clients that went");
    }
    return good;
}

Wanted parse(int argc, char** argv) {
    Wanted wanted;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const std::size_t equals = word.find('=');
        const std::string_view name = word.substr(0, equals);
        int number = 0;
        if (equals != std::string_view::npos) {
            std::from_chars(word.data() + equals + 1, word.data() + word.size(), number);
        }
        if (name == "--unbounded") {
            wanted.bounded = false;
        } else if (number > 0 && name == "--seconds") {
            wanted.seconds = number;
        } else if (number > 0 && name == "--clients") {
            wanted.clients = static_cast<std::size_t>(number);
        } else if (number > 0 && name == "--rate") {
            wanted.rate = number;
        } else {
            throw std::runtime_error("usage: crowd [--seconds=N] [--clients=N] [--rate=HZ] [--unbounded]");
        }
    }
    return wanted;
}

} // namespace

} // namespace bench

int main(int argc, char** argv) {
    try {
        const auto wanted = bench::parse(argc, argv);
        bench::allowManyDescriptors();
        const bench::RuntimeDirectory directory;
        return bench::run(std::filesystem::canonical("/proc/self/exe"), wanted) ? EXIT_SUCCESS : EXIT_FAILURE;
    } catch (const std::exception& error) {
        fmt::print(stderr, "crowd: {}\n", error.what());
        return EXIT_FAILURE;
    }
}
