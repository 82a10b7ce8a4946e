// A connection to a compositor whose IPC is lines of text.
#pragma once

#include "compositor/unix_stream.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace compositord {

/// Cuts a stream of bytes into lines.
class Lines {
public:
    // A whole state of thousands of windows.
    static constexpr std::size_t kLongest = std::size_t{8} * 1024 * 1024;

    /// Calls `onLine` for each line that is complete, without its end; stops when that says false. False if a
    /// line is too long.
    bool feed(std::string_view bytes, const std::function<bool(std::string_view line)>& onLine);

private:
    std::string partial_;
};

class SocketLines {
public:
    struct Listener {
        /// fail() may be called there, but the stream not destroyed.
        std::function<void(std::string_view line)> onLine;

        /// As of a UnixStream.
        std::move_only_function<void(const std::string& reason)> onLost;
    };

    static Result<std::unique_ptr<SocketLines>> connect(EventLoop& loop, const std::string& path,
                                                        Listener listener);

    SocketLines(const SocketLines&) = delete;
    SocketLines& operator=(const SocketLines&) = delete;
    ~SocketLines() = default;

    /// False if the peer left so much unread that this was not taken. `lines` end with '\n'.
    bool send(std::string_view lines) { return stream_->send(lines); }

    void fail(const std::string& reason);

private:
    explicit SocketLines(std::function<void(std::string_view line)> onLine) : onLine_(std::move(onLine)) {}

    void onData(std::string_view bytes);

    std::function<void(std::string_view line)> onLine_;
    Lines lines_;
    bool failed_ = false;
    std::unique_ptr<UnixStream> stream_;
};

} // namespace compositord
