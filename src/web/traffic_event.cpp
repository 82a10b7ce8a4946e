#include "web/traffic_event.hpp"

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "base/msgpack_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace compositord::traffic {

namespace {

std::string event(std::string_view name, std::string_view data) {
    return fmt::format("event: {}\ndata: {}\n\n", name, data);
}

double milliseconds(Time time) {
    return std::chrono::duration<double, std::milli>(
               std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()))
        .count();
}

std::string_view nameOf(Kind kind) {
    switch (kind) {
    case Kind::text:
        return "text";
    case Kind::binary:
        return "binary";
    case Kind::close:
        return "close";
    case Kind::event:
        return "event";
    }
    std::unreachable();
}

/// The JSON that a MessagePack map stands for; a hint in words if it is none.
std::string textOfMsgpack(std::string_view bytes) {
    const auto json = parseMsgpackObject(bytes);
    if (!json) {
        return fmt::format("({})", json.error().message);
    }
    std::string text;
    // Shortest numbers are the page's business, exact ones ours.
    json_dump_callback(
        json->get(),
        [](const char* piece, std::size_t size, void* out) {
            static_cast<std::string*>(out)->append(piece, size);
            return 0;
        },
        &text, JSON_COMPACT);
    return text;
}

std::string textOfClose(std::string_view payload) {
    if (payload.size() < 2) {
        return "";
    }
    const auto code = static_cast<unsigned>(static_cast<unsigned char>(payload[0])) * 256U +
                      static_cast<unsigned char>(payload[1]);
    return fmt::format("{} {}", code, payload.substr(2));
}

/// What our encoders write has the type in front; of others it is looked for.
std::string typeIn(std::string_view json) {
    constexpr std::string_view lead = R"({"type":")";
    if (json.starts_with(lead)) {
        const auto end = json.find_first_of("\"\\", lead.size());
        if (end != std::string_view::npos && json[end] == '"') {
            return std::string(json.substr(lead.size(), end - lead.size()));
        }
    }
    const auto parsed = parseJsonObject(json);
    return parsed ? JsonObjectReader(parsed->get()).string("type", 0, 64) : "";
}

/// Tokens are nobody's business: whatever says who somebody is, or looks like a try to, is left out.
bool isSecret(std::string_view type, std::string_view text) {
    const bool auth = type.size() == 4 && std::ranges::equal(type, std::string_view("auth"), {}, [](char c) {
                          return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
                      });
    return auth || text.contains("\"token\"");
}

/// Never inside a character.
std::string_view cut(std::string_view text, std::size_t longest) {
    if (text.size() <= longest) {
        return text;
    }
    while (longest > 0 && (static_cast<unsigned char>(text[longest]) & 0xc0U) == 0x80U) {
        --longest;
    }
    return text.substr(0, longest);
}

void writeView(JsonWriter& json, const View& view, std::chrono::microseconds interval) {
    json.key("subscription").beginObject().key("kinds").beginArray();
    for (const auto& [wanted, name] :
         {std::pair{view.cameras, "cameras"}, std::pair{view.windows, "windows"}}) {
        if (wanted) {
            json.value(name);
        }
    }
    json.endArray();
    if (view.cameraNames) {
        json.key("cameras").beginArray();
        for (const std::string& name : *view.cameraNames) {
            json.value(name);
        }
        json.endArray();
    }
    if (view.area) {
        json.key("area").beginObject();
        json.member("x", view.area->topLeft.x).member("y", view.area->topLeft.y);
        json.member("width", view.area->width).member("height", view.area->height).endObject();
    }
    if (interval.count() > 0) {
        json.member("maxRate", 1e6 / static_cast<double>(interval.count()));
    }
    json.endObject();
}

void writeCount(JsonWriter& json, std::string_view name, const Count& count) {
    json.key(name).beginObject().member("frames", count.frames).member("bytes", count.bytes).endObject();
}

std::size_t readBigEndian(std::string_view bytes) {
    std::size_t number = 0;
    for (const char byte : bytes) {
        number = number << 8U | static_cast<unsigned char>(byte);
    }
    return number;
}

std::vector<Part> webSocketParts(std::string_view bytes) {
    std::vector<Part> parts;
    while (bytes.size() >= 2) {
        const auto opcode = static_cast<unsigned>(bytes[0]) & 0xfU;
        const std::size_t shortLength = static_cast<unsigned char>(bytes[1]);
        const std::size_t extra = shortLength < 126 ? 0 : shortLength == 126 ? 2 : 8;
        const std::size_t length = extra == 0 ? shortLength : readBigEndian(bytes.substr(2, extra));
        const std::size_t whole = std::min(2 + extra + length, bytes.size());
        parts.push_back({opcode == 8   ? Kind::close
                         : opcode == 2 ? Kind::binary
                                       : Kind::text,
                         whole,
                         {},
                         bytes.substr(2 + extra, length)});
        bytes.remove_prefix(whole);
    }
    return parts;
}

std::string_view lineAfter(std::string_view text, std::string_view begin) {
    const auto found = text.find(begin);
    if (found == std::string_view::npos) {
        return {};
    }
    text.remove_prefix(found + begin.size());
    return text.substr(0, text.find('\n'));
}

std::vector<Part> eventParts(std::string_view bytes) {
    std::vector<Part> parts;
    while (!bytes.empty()) {
        const auto end = bytes.find("\n\n");
        const std::size_t whole = end == std::string_view::npos ? bytes.size() : end + 2;
        const std::string_view text = bytes.substr(0, whole);
        const bool comment = text.starts_with(':');
        parts.push_back({Kind::event, whole, comment ? "comment" : lineAfter(text, "event: "),
                         comment ? std::string_view() : lineAfter(text, "data: ")});
        bytes.remove_prefix(whole);
    }
    return parts;
}

} // namespace

std::string messageEvent(const Message& message) {
    std::string decoded;
    std::string_view text = message.payload;
    if (message.kind == Kind::binary) {
        text = decoded = textOfMsgpack(message.payload);
    } else if (message.kind == Kind::close) {
        text = decoded = textOfClose(message.payload);
    }
    std::string type(message.type);
    if (type.empty()) {
        type = message.kind == Kind::close ? "close" : typeIn(text);
    }
    const bool secret = message.direction == Direction::received && isSecret(type, text);
    const std::string_view told = secret ? std::string_view() : cut(text, kLongestText);

    std::string data;
    JsonWriter json(data);
    json.beginObject().member("client", std::to_underlying(message.client));
    json.member("dialect", message.dialect);
    json.member("direction", message.direction == Direction::sent ? "sent" : "received");
    json.member("time", milliseconds(message.time)).member("bytes", message.bytes);
    json.member("kind", nameOf(message.kind)).member("type", type);
    json.member("text", secret ? std::string_view("(left out: it holds a secret)") : told);
    json.member("cut", !secret && told.size() < text.size()).endObject();
    return event("message", data);
}

std::string clientEvent(const Peer& peer) {
    std::string data;
    JsonWriter json(data);
    json.beginObject().member("client", std::to_underlying(peer.client)).member("peer", peer.address);
    json.member("dialect", peer.dialect).member("since", milliseconds(peer.since));
    writeView(json, peer.view, peer.interval);
    json.endObject();
    return event("client", data);
}

std::string goneEvent(ClientNumber client, Time time, std::string_view reason) {
    std::string data;
    JsonWriter(data)
        .beginObject()
        .member("client", std::to_underlying(client))
        .member("time", milliseconds(time))
        .member("reason", reason)
        .endObject();
    return event("gone", data);
}

std::string countsEvent(Time time, const std::vector<Counts>& clients) {
    std::string data;
    JsonWriter json(data);
    json.beginObject().member("time", milliseconds(time)).key("clients").beginArray();
    for (const Counts& each : clients) {
        json.beginObject().member("client", std::to_underlying(each.client));
        writeCount(json, "sent", each.sent);
        writeCount(json, "received", each.received);
        json.endObject();
    }
    json.endArray().endObject();
    return event("counts", data);
}

std::string droppedEvent(std::uint64_t messages) {
    std::string data;
    JsonWriter(data).beginObject().member("messages", messages).endObject();
    return event("dropped", data);
}

std::vector<Part> partsOf(const Frame& frame, bool webSocket) {
    const std::string_view bytes(reinterpret_cast<const char*>(frame.bytes().data()), frame.bytes().size());
    return webSocket ? webSocketParts(bytes) : eventParts(bytes);
}

} // namespace compositord::traffic
