#include "cli/conversation.hpp"

#include "base/percent.hpp"
#include "cli/http_client.hpp"

#include <fmt/format.h>

#include <sys/random.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace compositord::cli {

namespace {

constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint8_t kOpcode = 0x0f;
constexpr std::uint8_t kContinuation = 0;
constexpr std::uint8_t kText = 1;
constexpr std::uint8_t kClose = 8;
constexpr std::uint8_t kPing = 9;
constexpr std::uint8_t kPong = 10;
constexpr std::uint8_t kShort = 125;
constexpr std::uint8_t kMediumMark = 126;
constexpr std::uint8_t kLongMark = 127;
constexpr std::size_t kMedium = 65535;
constexpr std::size_t kMediumBytes = 2;
constexpr std::size_t kLongBytes = 8;
constexpr unsigned kByte = 8;
constexpr std::size_t kLongest = 256UL * 1024 * 1024;
constexpr unsigned kSwitching = 101;
constexpr std::size_t kMostPassed = 1024;

} // namespace

std::string frameOf(std::uint8_t opcode, std::string_view payload) {
    std::string frame(1, static_cast<char>(kFinal | opcode));
    const auto appendLength = [&](std::size_t bytes) {
        for (std::size_t i = bytes; i-- > 0;) {
            frame += static_cast<char>(payload.size() >> (kByte * i));
        }
    };
    if (payload.size() <= kShort) {
        frame += static_cast<char>(kMasked | payload.size());
    } else if (payload.size() <= kMedium) {
        frame += static_cast<char>(kMasked | kMediumMark);
        appendLength(kMediumBytes);
    } else {
        frame += static_cast<char>(kMasked | kLongMark);
        appendLength(kLongBytes);
    }
    // The mask is there for proxies, of which there are none here: it need not be hard to guess.
    std::array<char, 4> mask{};
    static_cast<void>(getrandom(mask.data(), mask.size(), 0));
    frame.append(mask.data(), mask.size());
    for (std::size_t i = 0; i < payload.size(); ++i) {
        frame += static_cast<char>(payload[i] ^ mask.at(i % mask.size()));
    }
    return frame;
}

std::optional<FrameParser::Frame> FrameParser::next() {
    for (;;) {
        const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(waiting_[i]); };
        if (waiting_.size() < 2) {
            return std::nullopt;
        }
        const std::uint8_t length = byte(1);
        const std::size_t more = length == kMediumMark ? kMediumBytes : length == kLongMark ? kLongBytes : 0;
        const std::size_t head = 2 + more;
        if (waiting_.size() < head) {
            return std::nullopt;
        }
        std::uint64_t size = more == 0 ? length : 0;
        for (std::size_t i = 2; i < head; ++i) {
            size = size << kByte | byte(i);
        }
        if (size + begun_.size() > kLongest || (length & kMasked) != 0) {
            return Frame{.kind = Kind::wrong, .payload = {}};
        }
        if (waiting_.size() - head < size) {
            return std::nullopt;
        }
        const std::uint8_t first = byte(0);
        std::string payload = waiting_.substr(head, size);
        waiting_.erase(0, head + size);
        switch (first & kOpcode) {
        case kContinuation:
        case kText:
            begun_ += payload;
            if ((first & kFinal) != 0) {
                return Frame{.kind = Kind::text, .payload = std::exchange(begun_, {})};
            }
            break;
        case kClose:
            return Frame{.kind = Kind::close, .payload = std::move(payload)};
        case kPing:
            return Frame{.kind = Kind::ping, .payload = std::move(payload)};
        case kPong:
            break;
        default:
            return Frame{.kind = Kind::wrong, .payload = {}};
        }
    }
}

Outcome<Conversation> Conversation::open(Transport& transport, std::string_view compositor) {
    auto fd = transport.connect();
    if (!fd) {
        return std::unexpected(fd.error());
    }
    // The key is there to be answered, which only what speaks WebSocket does; the status says that here.
    const std::string handshake =
        fmt::format("GET /{}{} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: Y29tcG9zaXRvcmN0bC4uLg==\r\n"
                    "Sec-WebSocket-Protocol: compositord.v1.json\r\n\r\n",
                    compositor.empty() ? "" : "c/", percentEncoded(compositor));
    const auto sent = sendAll(*fd, handshake);
    auto head = sent ? readHead(*fd) : std::unexpected(sent.error());
    if (!head) {
        return std::unexpected(head.error());
    }
    if (head->status != kSwitching) {
        return std::unexpected(refusalOf({head->status, head->rest}));
    }
    Conversation conversation(*std::move(fd));
    conversation.parser_.feed(head->rest);
    return conversation;
}

Outcome<> Conversation::receive() {
    std::array<char, 65536> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
    ssize_t count = 0;
    do {
        count = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    } while (count < 0 && errno == EINTR);
    if (count <= 0) {
        return problem(Exit::absent, "compositord has ended, or closed the connection");
    }
    parser_.feed({bytes.data(), static_cast<std::size_t>(count)});
    return {};
}

Outcome<std::optional<std::string>> Conversation::take() {
    while (auto frame = parser_.next()) {
        switch (frame->kind) {
        case FrameParser::Kind::text:
            return std::optional(std::move(frame->payload));
        case FrameParser::Kind::ping:
            if (auto sent = sendAll(fd_, frameOf(kPong, frame->payload)); !sent) {
                return std::unexpected(sent.error());
            }
            break;
        case FrameParser::Kind::close:
            return problem(Exit::absent, frame->payload.size() > 2
                                             ? plain(frame->payload.substr(2)) // behind the code
                                             : "compositord closed the connection");
        case FrameParser::Kind::wrong:
            return problem(Exit::failed,
                           "compositord answers in a way that this program does not understand");
        }
    }
    return std::optional<std::string>();
}

Outcome<std::string> Conversation::next() {
    for (;;) {
        auto message = take();
        if (!message) {
            return std::unexpected(message.error());
        }
        if (auto& content = *message) {
            return *std::move(content);
        }
        if (auto received = receive(); !received) {
            return std::unexpected(received.error());
        }
    }
}

Outcome<> Conversation::read(const std::function<void(const std::string& message)>& onMessage) {
    if (auto received = receive(); !received) {
        return received;
    }
    return readKept(onMessage);
}

Outcome<> Conversation::readKept(const std::function<void(const std::string& message)>& onMessage) {
    for (; !passed_.empty(); passed_.pop_front()) {
        onMessage(passed_.front());
    }
    for (;;) {
        auto message = take();
        if (!message) {
            return std::unexpected(message.error());
        }
        const auto& content = *message;
        if (!content) {
            return {};
        }
        onMessage(*content);
    }
}

Outcome<> Conversation::send(std::string_view type, const Members& members) {
    std::string text;
    JsonWriter out(text);
    out.beginObject().member("type", type).member("id", ++asked_);
    if (members) {
        members(out);
    }
    out.endObject();
    return sendAll(fd_, frameOf(kText, text));
}

Outcome<JsonHandle> Conversation::judged(JsonHandle answer) {
    if (textIn(answer.get(), "type") == "Error") {
        return problem(Exit::failed, plain(textIn(answer.get(), "message")));
    }
    return answer;
}

Outcome<JsonHandle> Conversation::answer() {
    ++answered_;
    if (const auto early = early_.extract(answered_)) {
        return judged(std::move(early.mapped()));
    }
    for (;;) {
        const auto message = next();
        auto json = message ? parse(*message) : std::unexpected(message.error());
        if (!json) {
            return json;
        }
        const json_t* id = json_object_get(json->get(), "id");
        if (json_is_integer(id) && json_integer_value(id) > answered_ && json_integer_value(id) <= asked_) {
            early_[json_integer_value(id)] = *std::move(json); // what takes long is answered later
            continue;
        }
        if (!json_is_integer(id) || json_integer_value(id) != answered_) {
            passed_.push_back(*message);
            if (passed_.size() > kMostPassed) {
                passed_.pop_front(); // nobody asks for it
            }
            continue;
        }
        return judged(*std::move(json));
    }
}

Outcome<JsonHandle> Conversation::ask(std::string_view type, const Members& members) {
    const auto sent = send(type, members);
    return sent ? answer() : std::unexpected(sent.error());
}

} // namespace compositord::cli
