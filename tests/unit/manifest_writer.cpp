// Puts tiles as fast as they become safe, for the test that kills it: prints each put that was acknowledged,
// "X Y BRICK", in one write per loop turn. Ends by SIGTERM.

#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "manifest/manifest.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <random>
#include <string>

using namespace compositord;

namespace {

constexpr int kAtOnce = 16;
constexpr std::int32_t kSide = 64; // many puts on the same cells, over several blocks of the map

class Writer {
public:
    Writer(EventLoop& loop, Manifest& manifest, unsigned seed) : manifest_(manifest), random_(seed) {
        next_ = std::move(*loop.addTimer([this] { putSome(); }));
        next_.arm(std::chrono::microseconds(0));
    }

private:
    void putSome() {
        pending_ = kAtOnce;
        for (int i = 0; i < kAtOnce; ++i) {
            const Cell cell{static_cast<std::int32_t>(random_() % kSide) - kSide / 2,
                            static_cast<std::int32_t>(random_() % kSide) - kSide / 2};
            const std::string brick = fmt::format("{}-{}.png", getpid(), ++count_);
            const auto saved =
                [this, line = fmt::format("{} {} {}\n", cell.x, cell.y, brick)](const Result<>& result) {
                    if (result) {
                        acknowledged_ += line;
                    }
                    if (--pending_ == 0) {
                        [[maybe_unused]] const auto size =
                            write(STDOUT_FILENO, acknowledged_.data(), acknowledged_.size());
                        acknowledged_.clear();
                        // A disk that takes nothing is not asked all the time.
                        next_.arm(result ? std::chrono::microseconds(0) : std::chrono::microseconds(5000));
                    }
                };
            if (const auto put = manifest_.put(cell, brick, std::nullopt, saved); !put || !*put) {
                std::abort();
            }
        }
    }

    Manifest& manifest_;
    std::mt19937 random_;
    EventSource next_;
    int pending_ = 0;
    int count_ = 0;
    std::string acknowledged_;
};

} // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        fmt::print(stderr, "usage: manifest_writer PATH STALENESS-MS SEED\n");
        return 2;
    }
    auto loop = EventLoop::create();
    auto end = loop->addSignal(SIGTERM, [&loop](int) { loop->exit(0); });
    auto manifest = Manifest::open(*loop, Log(LogLevel::warn),
                                   {argv[1], std::chrono::milliseconds(std::atoi(argv[2]))}, {});
    if (!manifest) {
        fmt::print(stderr, "{}\n", manifest.error().message());
        return 1;
    }
    const Writer writer(*loop, **manifest, static_cast<unsigned>(std::atoi(argv[3])));
    const int code = loop->run().value_or(1);
    manifest->reset(); // it still acknowledges
    return code;
}
