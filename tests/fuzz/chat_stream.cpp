// Event streams of models' servers: whole or in pieces they say the same. The first byte tells how long the
// pieces are.

#include "codegen/chat_stream.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace compositord;

namespace {

struct Outcome {
    std::string texts;
    std::expected<ChatReply, ChatProblem> reply;
};

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

Outcome read(std::string_view bytes, std::size_t part) {
    ChatStream stream;
    Outcome outcome;
    for (std::size_t at = 0; at < bytes.size(); at += part) {
        const auto pieces = stream.feed(bytes.substr(at, part));
        if (!pieces) {
            outcome.reply = std::unexpected(pieces.error());
            return outcome;
        }
        for (const ChatPiece& piece : *pieces) {
            require(!piece.text.empty());
            outcome.texts += piece.text;
        }
    }
    outcome.reply = stream.finish();
    return outcome;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const Outcome whole = read(bytes, std::max<std::size_t>(bytes.size(), 1));
    const Outcome parts = read(bytes, std::size_t{data[0]} + 1);
    require(whole.reply.has_value() == parts.reply.has_value());
    if (!whole.reply) {
        require(whole.reply.error().kind == parts.reply.error().kind);
        return 0;
    }
    require(whole.texts == parts.texts && *whole.reply == *parts.reply);
    require(isUtf8(whole.reply->content) && isUtf8(whole.reply->reasoning));
    return 0;
}
