// Bytes of one or more WebSocket messages, framed as RFC 6455 section 5 says, ready to be sent to any number
// of clients.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace compositord {

class Frame {
public:
    /// Appends a text message of a server (final, not masked).
    void addText(std::string_view payload);

    /// Appends a binary message of a server (final, not masked).
    void addBinary(std::string_view payload);

    /// Appends a close message. `code` as in RFC 6455 section 7.4; `reason` at most 123 bytes.
    void addClose(std::uint16_t code, std::string_view reason);

    /// Appends text as it is, for connections that are no WebSockets.
    void addRaw(std::string_view text) { bytes_.insert(bytes_.end(), text.begin(), text.end()); }

    /// Appends the messages of another frame.
    void add(const Frame& other) { bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end()); }

    bool empty() const { return bytes_.empty(); }

    const std::vector<unsigned char>& bytes() const { return bytes_; }

    /// The same for clients that agreed on permessage-deflate (RFC 7692): large messages are compressed, each
    /// by itself. Made when first asked for; after that nothing may be added.
    const std::vector<unsigned char>& deflated() const;

private:
    void addHeader(unsigned char opcode, std::size_t length);

    std::vector<unsigned char> bytes_;
    mutable std::vector<unsigned char> deflated_; // empty: not made yet
};

using SharedFrame = std::shared_ptr<const Frame>;

} // namespace compositord
