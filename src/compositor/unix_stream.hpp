// A connection to a socket, mostly a Unix one, as a source of the event loop: never waits, and holds no more
// than it may.
#pragma once

#include "base/event_loop.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace compositord {

/// The newest file in this folder whose name begins so; nothing if there is none.
std::optional<std::string> newestSocket(const std::filesystem::path& folder, std::string_view prefix);

class UnixStream {
public:
    struct Listener {
        /// Some bytes, cut anywhere. fail() may be called there, but the stream not destroyed.
        std::move_only_function<void(std::string_view bytes)> onData;

        /// Outside of any callback, at most once; the stream may be destroyed there.
        std::move_only_function<void(const std::string& reason)> onLost;
    };

    static Result<std::unique_ptr<UnixStream>> connect(EventLoop& loop, const std::string& path,
                                                       Listener listener);

    /// A socket that is connected, or connects without anybody waiting.
    static Result<std::unique_ptr<UnixStream>> adopt(EventLoop& loop, UniqueFd fd, Listener listener);

    UnixStream(const UnixStream&) = delete;
    UnixStream& operator=(const UnixStream&) = delete;
    ~UnixStream() = default;

    /// False if the peer left so much unread that this was not taken.
    bool send(std::string_view bytes);

    /// Ends the connection for what the peer did; onLost follows.
    void fail(const std::string& reason);

private:
    UnixStream(UniqueFd fd, Listener listener) : fd_(std::move(fd)), listener_(std::move(listener)) {}

    Result<> attach(EventLoop& loop);
    void onReady(std::uint32_t events);
    void read();
    void write();

    UniqueFd fd_;
    Listener listener_;
    std::string unsent_;
    std::string reason_; // why it is lost; empty: it is not
    EventSource io_;
    EventSource loss_;
};

} // namespace compositord
