// The client's side of RFC 6455 without any socket: what is sent, and what the bytes that come mean.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

namespace compositord {

struct WebSocketRequest {
    std::string host; // with the port
    std::string path;
    std::string protocol;
    std::string token; // empty: none
    std::string key;   // 16 random bytes in base 64
};

/// The request that becomes a WebSocket.
std::string openingOf(const WebSocketRequest& request);

/// 16 random bytes in base 64.
std::string newWebSocketKey();

/// One masked frame with a text message.
std::string textFrame(std::string_view text);

/// Reads what a server sends, from its answer to the opening on.
class WebSocketReader {
public:
    // A snapshot of thousands of windows.
    static constexpr std::size_t kLongestMessage = std::size_t{16} * 1024 * 1024;

    struct Listener {
        std::function<void()> onOpen;
        std::function<void(std::string_view text)> onMessage;
        /// Bytes that answer a ping.
        std::function<void(const std::string& frame)> onReply;
    };

    /// `key` is that of the opening.
    WebSocketReader(std::string key, Listener listener)
        : key_(std::move(key)), listener_(std::move(listener)) {}

    /// Bytes, cut anywhere. The error says why the connection has to end.
    std::expected<void, std::string> feed(std::string_view bytes);

private:
    /// Whether something was taken from what waits.
    std::expected<bool, std::string> takeHead();
    std::expected<bool, std::string> takeFrame();
    std::expected<void, std::string> onFrame(unsigned opcode, bool last, std::string_view payload);

    std::string key_;
    Listener listener_;
    bool open_ = false;
    std::string waiting_; // what came and is not complete
    std::string message_; // fragments so far
    bool inMessage_ = false;
};

} // namespace compositord
