// A child process under guard: its output as it comes, its end, and nothing left behind.
#pragma once

#include "base/event_loop.hpp"
#include "base/handle.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

class Child {
public:
    enum class Stream : std::uint8_t { out, err };

    struct Settings {
        std::filesystem::path guard; // the program compositord-session-guard
        std::chrono::milliseconds grace{5000};
    };

    struct Command {
        std::vector<std::string> arguments;   // the program first; no shell comes in between
        std::vector<std::string> environment; // NAME=value, all of it
        std::filesystem::path folder;         // to work in; empty: that of this process
        std::string input;                    // what it reads from its standard input
        bool talks = false;                   // it reads what write() says instead
    };

    struct Listener {
        /// At most kMostAtOnce bytes. The next ones of this child come kPause later, so that one that floods
        /// waits for its pipe to be read and takes only a bounded share of the loop.
        std::move_only_function<void(Stream, std::string_view)> onOutput;
        /// The last call: it and all that it started are gone, and its output is at its end. The status is as
        /// in a shell: 127 if it could not be run, 128 and the signal's number if one killed it.
        std::move_only_function<void(int status)> onEnd;
    };

    static constexpr std::size_t kMostAtOnce = 16384;
    static constexpr std::chrono::milliseconds kPause{10};

    static Result<std::unique_ptr<Child>> start(EventLoop& loop, const Settings& settings,
                                                const Command& command, Listener listener);

    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// If it runs still, the guard is told to end it, and is waited for only for a moment.
    ~Child();

    /// For its standard input. What it does not read is lost beyond what a socket holds.
    void write(std::string_view text);

    /// SIGTERM to it and all that it started, SIGKILL after the grace time.
    void stop();

private:
    struct Pipe {
        UniqueFd fd;
        EventSource readable;
    };

    explicit Child(Listener listener) : listener_(std::move(listener)) {}

    Result<> spawn(const Settings& settings, const Command& command);
    Result<> listen(EventLoop& loop);
    /// Whether there may be more.
    bool read(Stream stream);
    void onReadable(Stream stream);
    void resume();
    void onExit();

    Listener listener_;
    UniqueFd process_; // of the guard
    UniqueFd input_;   // empty: it has a fixed one
    std::array<Pipe, 2> pipes_;
    EventSource exited_;
    EventSource pause_;
};

} // namespace compositord
