// What a page costs that polls the manifest and has the latest already: the time to 304, beside that to the
// answer of /health, in turns on one connection to the running program. And what the program's memory grows
// by for each tile.
#include "child.hpp"

#include <fmt/core.h>

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace bench {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kManifest = "/builder/map/manifest.json";

class Folder {
public:
    Folder() {
        std::string name = "/tmp/cbench-XXXXXX";
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("cannot make a directory in /tmp");
        }
        path_ = name;
    }

    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    ~Folder() { fs::remove_all(path_); }

    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

std::string writeManifest(const Folder& folder, int count) {
    const fs::path path = folder.path() / fmt::format("{}.json", count);
    std::ofstream file(path);
    file << "{";
    for (int i = 0; i < count; ++i) {
        file << fmt::format("{}\n\"{},{}\": {{\"brick\": \"brick-{:04}.png\", \"timestamp\": {}.{:06}}}",
                            i == 0 ? "" : ",", i % 1000, i / 1000, i % 1000, 1763728353, i % 1000000);
    }
    file << "\n}\n";
    return path;
}

struct Answer {
    int status = 0;
    std::string head;
    std::size_t size = 0; // of the content
};

/// One connection that asks and waits for the answer.
class Browser {
public:
    explicit Browser(int port) : fd_(connectTo(port)), port_(port) {}

    Answer get(std::string_view path, std::string_view tag = {}) {
        const std::string request =
            fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{}{}\r\n", path, port_,
                        tag.empty() ? "" : "If-None-Match: ", tag.empty() ? "" : std::string(tag) + "\r\n");
        check(static_cast<int>(send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL)), "send");
        std::string text;
        std::size_t end = std::string::npos;
        while ((end = text.find("\r\n\r\n")) == std::string::npos) {
            text += receive();
        }
        Answer answer{.status = std::atoi(text.c_str() + 9), // NOLINT(cert-err34-c): 0 is no status
                      .head = text.substr(0, end + 2)};
        const std::string length = valueOf(answer.head, "content-length: ");
        answer.size = length.empty() ? 0 : std::stoul(length);
        for (std::size_t have = text.size() - end - 4; have < answer.size;) {
            have += receive().size();
        }
        return answer;
    }

    static std::string valueOf(const std::string& head, std::string_view name) {
        const std::size_t at = head.find(name);
        return at == std::string::npos
                   ? std::string()
                   : head.substr(at + name.size(), head.find('\r', at) - at - name.size());
    }

private:
    std::string_view receive() {
        const int size = check(static_cast<int>(recv(fd_.get(), chunk_.data(), chunk_.size(), 0)), "recv");
        if (size == 0) {
            throw std::runtime_error("the server closed the connection");
        }
        return {chunk_.data(), static_cast<std::size_t>(size)};
    }

    Fd fd_;
    int port_;
    std::array<char, 65536> chunk_{};
};

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values.at(values.size() / 2);
}

void measure(const std::string& program, const Folder& folder, int count, int rounds) {
    const auto start = [&](int tiles) {
        return std::vector<std::string>{program, "--port", "0", "--manifest", writeManifest(folder, tiles)};
    };
    constexpr const char* prefix = "listening on http://127.0.0.1:";
    const Child empty(start(0), prefix);
    const Child daemon(start(count), prefix);
    const auto perTile = [&] {
        return static_cast<double>(daemon.residentKib() - empty.residentKib()) * 1024 / count;
    };
    const double loaded = perTile();
    Browser browser(daemon.port());
    Answer whole = browser.get(kManifest);
    while (whole.status == 503) { // being prepared
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        whole = browser.get(kManifest);
    }
    const std::string tag = Browser::valueOf(whole.head, "etag: ");
    std::vector<double> health;
    std::vector<double> unchanged;
    const auto timed = [](std::vector<double>& times, int wanted, auto&& get) {
        const auto begin = Clock::now();
        const int status = get().status;
        times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
        if (status != wanted) {
            throw std::runtime_error(fmt::format("the answer was {} instead of {}", status, wanted));
        }
    };
    for (int round = 0; round < rounds; ++round) {
        timed(health, 200, [&] { return browser.get("/health"); });
        timed(unchanged, 304, [&] { return browser.get(kManifest, tag); });
    }
    fmt::print("{} tiles\n  {:<46} {:>8.1f} us\n  {:<46} {:>8.1f} us   ratio {:.2f}\n", count, "/health",
               median(health), "304 to a poller of the manifest", median(unchanged),
               median(unchanged) / median(health));
    fmt::print("  {:<46} {:>8.1f} bytes a tile, {:.1f} with the text that was served\n", "memory", loaded,
               perTile());
}

} // namespace

} // namespace bench

int main(int argc, char** argv) {
    try {
        const int rounds = argc > 1 ? std::atoi(argv[1]) : 3000; // NOLINT(cert-err34-c): checked below
        if (rounds < 1) {
            fmt::print(stderr, "usage: poller [ROUNDS]\n");
            return EXIT_FAILURE;
        }
        const bench::Folder folder;
        setenv("XDG_RUNTIME_DIR", folder.path().c_str(), 1);
        setenv("WAYLAND_DISPLAY", "absent-0", 1);
        const std::filesystem::path self = std::filesystem::canonical("/proc/self/exe");
        const std::string program =
            (self.parent_path() / "../../src/compositord").lexically_normal().string();
        for (const int count : {10000, 100000, 1000000}) {
            bench::measure(program, folder, count, rounds);
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "poller: {}\n", error.what());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
