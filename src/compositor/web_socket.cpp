#include "compositor/web_socket.hpp"

#include <fmt/format.h>
#include <libwebsockets.h>

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <span>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kLongestHead = std::size_t{16} * 1024;
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455 section 1.3

// Section 5.2
constexpr unsigned kContinuation = 0;
constexpr unsigned kText = 1;
constexpr unsigned kClose = 8;
constexpr unsigned kPing = 9;
constexpr unsigned kPong = 10;
constexpr unsigned kFinal = 0x80;
constexpr unsigned kMasked = 0x80;
constexpr unsigned kLength16 = 126;
constexpr unsigned kLength64 = 127;
constexpr std::size_t kLongestControl = 125;

std::string base64(std::span<const unsigned char> bytes) {
    std::array<char, 64> text{};
    lws_b64_encode_string(reinterpret_cast<const char*>(bytes.data()), static_cast<int>(bytes.size()),
                          text.data(), static_cast<int>(text.size()));
    return text.data();
}

std::string acceptOf(const std::string& key) {
    const std::string text = key + std::string(kGuid);
    std::array<unsigned char, 20> digest{};
    lws_SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return base64(digest);
}

std::string lowered(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    });
    return lower;
}

/// The value of a header, without the spaces around it; empty if it is not there.
std::string_view headerOf(std::string_view head, std::string_view name) {
    while (!head.empty()) {
        const auto end = head.find("\r\n");
        std::string_view line = head.substr(0, end);
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && lowered(line.substr(0, colon)) == name) {
            line.remove_prefix(colon + 1);
            line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
            return line.substr(0, line.find_last_not_of(" \t") + 1);
        }
    }
    return {};
}

std::string frame(unsigned opcode, std::string_view payload) {
    std::string bytes(1, static_cast<char>(kFinal | opcode));
    const auto put = [&](std::uint64_t number, int count) {
        for (int shift = (count - 1) * 8; shift >= 0; shift -= 8) {
            bytes += static_cast<char>(number >> static_cast<unsigned>(shift));
        }
    };
    if (payload.size() < kLength16) {
        put(kMasked | payload.size(), 1);
    } else if (payload.size() <= UINT16_MAX) {
        put(kMasked | kLength16, 1);
        put(payload.size(), 2);
    } else {
        put(kMasked | kLength64, 1);
        put(payload.size(), 8);
    }
    std::array<char, 4> mask{};
    static_cast<void>(getrandom(mask.data(), mask.size(), 0)); // only there for the sake of proxies
    bytes.append(mask.data(), mask.size());
    for (std::size_t i = 0; i < payload.size(); ++i) {
        bytes += static_cast<char>(payload[i] ^ mask.at(i % mask.size()));
    }
    return bytes;
}

} // namespace

std::string newWebSocketKey() {
    std::array<unsigned char, 16> bytes{};
    static_cast<void>(getrandom(bytes.data(), bytes.size(), 0));
    return base64(bytes);
}

std::string openingOf(const WebSocketRequest& request) {
    return fmt::format(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\nSec-WebSocket-Protocol: {}\r\n{}\r\n",
        request.path, request.host, request.key, request.protocol,
        request.token.empty() ? "" : fmt::format("Authorization: Bearer {}\r\n", request.token));
}

std::string textFrame(std::string_view text) {
    return frame(kText, text);
}

std::expected<void, std::string> WebSocketReader::feed(std::string_view bytes) {
    waiting_ += bytes;
    for (;;) {
        const auto taken = open_ ? takeFrame() : takeHead();
        if (!taken) {
            return std::unexpected(taken.error());
        }
        if (!*taken) {
            return {};
        }
    }
}

std::expected<bool, std::string> WebSocketReader::takeHead() {
    const auto end = waiting_.find("\r\n\r\n");
    if (end == std::string::npos) {
        if (waiting_.size() > kLongestHead) {
            return std::unexpected("what answers there does not speak HTTP");
        }
        return false;
    }
    const std::string head = waiting_.substr(0, end + 2);
    waiting_.erase(0, end + 4);
    const std::string_view status = std::string_view(head).substr(0, head.find("\r\n"));
    if (!status.starts_with("HTTP/1.1 ")) {
        return std::unexpected("what answers there does not speak HTTP");
    }
    const std::string_view code = status.substr(9, 3);
    if (code == "401" || code == "403") {
        return std::unexpected(
            fmt::format("it refuses this client ({}): token-file names the file with the token", code));
    }
    if (code == "404") {
        return std::unexpected("it has no such compositor (404)");
    }
    if (code != "101" || headerOf(head, "sec-websocket-accept") != acceptOf(key_)) {
        return std::unexpected("what answers there is no compositord");
    }
    open_ = true;
    listener_.onOpen();
    return true;
}

std::expected<bool, std::string> WebSocketReader::takeFrame() {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(waiting_[at]); };
    if (waiting_.size() < 2) {
        return false;
    }
    const unsigned first = byte(0);
    if ((first & 0x70U) != 0 || (byte(1) & kMasked) != 0) {
        return std::unexpected("a frame that nobody agreed on");
    }
    std::uint64_t length = byte(1);
    const std::size_t more = length == kLength16 ? 2 : length == kLength64 ? 8 : 0;
    if (waiting_.size() < 2 + more) {
        return false;
    }
    if (more > 0) {
        length = 0;
        for (std::size_t i = 0; i < more; ++i) {
            length = length << 8U | byte(2 + i);
        }
    }
    if (length > kLongestMessage) {
        return std::unexpected("a message that is too long");
    }
    const std::size_t head = 2 + more;
    if (waiting_.size() < head + length) {
        return false;
    }
    const std::string payload = waiting_.substr(head, length);
    waiting_.erase(0, head + length);
    if (auto taken = onFrame(first & 0x0fU, (first & kFinal) != 0, payload); !taken) {
        return std::unexpected(taken.error());
    }
    return true;
}

std::expected<void, std::string> WebSocketReader::onFrame(unsigned opcode, bool last,
                                                          std::string_view payload) {
    if (opcode >= kClose) {
        if (!last || payload.size() > kLongestControl) {
            return std::unexpected("a control frame that is too long");
        }
        if (opcode == kPing) {
            listener_.onReply(frame(kPong, payload));
        }
        if (opcode == kClose) {
            return std::unexpected(payload.size() > 2
                                       ? fmt::format("it ended the connection: {}", payload.substr(2))
                                       : "it ended the connection");
        }
        return {};
    }
    if ((opcode == kText) == inMessage_ || (opcode != kText && opcode != kContinuation)) {
        return std::unexpected("a frame out of place");
    }
    inMessage_ = true;
    if (message_.size() + payload.size() > kLongestMessage) {
        return std::unexpected("a message that is too long");
    }
    message_ += payload;
    if (last) {
        inMessage_ = false;
        const std::string message = std::exchange(message_, {});
        listener_.onMessage(message);
    }
    return {};
}

} // namespace compositord
