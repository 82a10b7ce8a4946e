#include "compositor/wire_decoder.hpp"

#include "base/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <optional>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kWord = 4;
constexpr std::size_t kHead = 2 * kWord;
constexpr std::uint32_t kDisplay = 1; // the object that is there from the start
constexpr unsigned kSizeShift = 16;
constexpr std::uint32_t kOpcode = 0xffff;
// Ids are used again, and only a compositor gone mad has so many at a time.
constexpr std::size_t kMostObjects = 65536;

std::uint32_t wordAt(std::string_view bytes, std::size_t offset) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + offset, kWord);
    return word;
}

std::size_t padded(std::size_t size) {
    return (size + kWord - 1) / kWord * kWord;
}

/// The kinds of a message's arguments, without the version that it is there since and without ?.
std::string kindsOf(const wl_message& message) {
    std::string kinds;
    for (const char c : std::string_view(message.signature)) {
        if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
            kinds += c;
        }
    }
    return kinds;
}

const char* nameOf(const wl_interface* interface) {
    return interface != nullptr ? interface->name : nullptr;
}

void writeName(JsonWriter& out, const char* name) {
    out.key("interface");
    if (name != nullptr) {
        out.value(name);
    } else {
        out.null();
    }
}

} // namespace

/// The arguments of one message, one after the other.
class WireDecoder::Arguments {
public:
    Arguments(WireDecoder& decoder, std::string_view body) : decoder_(decoder), left_(body) {}

    /// Whether there was one of this kind.
    bool write(JsonWriter& out, char kind, const wl_interface* type);

private:
    std::optional<std::uint32_t> word() {
        if (left_.size() < kWord) {
            return std::nullopt;
        }
        const std::uint32_t value = wordAt(left_, 0);
        left_.remove_prefix(kWord);
        return value;
    }

    std::optional<std::string_view> bytes() {
        const auto size = word();
        if (!size || padded(*size) > left_.size()) {
            return std::nullopt;
        }
        const std::string_view value = left_.substr(0, *size);
        left_.remove_prefix(padded(*size));
        return value;
    }

    void writeNew(JsonWriter& out, std::uint32_t id, const wl_interface* type);

    WireDecoder& decoder_;
    std::string_view left_;
    std::string_view lastText_; // for one whose interface is said before it, as in wl_registry.bind
};

void WireDecoder::Arguments::writeNew(JsonWriter& out, std::uint32_t id, const wl_interface* type) {
    const std::string name(type != nullptr ? std::string_view(type->name) : lastText_);
    type = type != nullptr ? type : decoder_.find(name);
    if (decoder_.objects_.size() < kMostObjects || decoder_.objects_.contains(id)) {
        decoder_.objects_[id] = type;
    }
    out.beginObject().member("new", id);
    writeName(out, name.empty() ? nullptr : name.c_str());
    out.endObject();
}

bool WireDecoder::Arguments::write(JsonWriter& out, char kind, const wl_interface* type) {
    if (kind == 'h') {
        out.beginObject().member("descriptor", true).endObject(); // beside the bytes
        return true;
    }
    if (kind == 's' || kind == 'a') {
        const auto found = bytes();
        if (!found) {
            return false;
        }
        if (kind == 'a') {
            out.beginObject().member("bytes", found->size()).endObject();
        } else if (found->empty()) {
            out.null();
        } else {
            lastText_ = found->substr(0, found->size() - 1); // with a NUL at its end
            out.value(lastText_);
        }
        return true;
    }
    const auto value = word();
    if (!value) {
        return false;
    }
    switch (kind) {
    case 'i':
        out.value(static_cast<std::int32_t>(*value));
        return true;
    case 'u':
        out.value(*value);
        return true;
    case 'f':
        out.value(wl_fixed_to_double(static_cast<wl_fixed_t>(*value)));
        return true;
    case 'n':
        writeNew(out, *value, type);
        return true;
    case 'o': {
        if (*value == 0) {
            out.null();
            return true;
        }
        const auto known = decoder_.objects_.find(*value);
        const char* name = known != decoder_.objects_.end() ? nameOf(known->second) : nullptr;
        out.beginObject().member("object", *value);
        writeName(out, name != nullptr ? name : nameOf(type));
        out.endObject();
        return true;
    }
    default:
        return false;
    }
}

WireDecoder::WireDecoder(std::span<const wl_interface* const> roots, Handler handler)
    : handler_(std::move(handler)) {
    add(&wl_display_interface);
    for (const wl_interface* root : roots) {
        add(root);
    }
    know(kDisplay, &wl_display_interface);
}

void WireDecoder::add(const wl_interface* interface) {
    if (interface == nullptr || !interfaces_.emplace(interface->name, interface).second) {
        return;
    }
    for (const auto& [messages, count] : {std::pair(interface->methods, interface->method_count),
                                          std::pair(interface->events, interface->event_count)}) {
        for (const wl_message& message : std::span(messages, static_cast<std::size_t>(count))) {
            for (std::size_t i = 0; message.types != nullptr && i < kindsOf(message).size(); ++i) {
                add(message.types[i]);
            }
        }
    }
}

const wl_interface* WireDecoder::find(std::string_view name) const {
    const auto found = interfaces_.find(name);
    return found != interfaces_.end() ? found->second : nullptr;
}

void WireDecoder::feed(Direction direction, std::string_view bytes) {
    std::string& waiting = waiting_.at(std::to_underlying(direction));
    waiting += bytes;
    std::string_view left = waiting;
    while (left.size() >= kHead) {
        const std::uint32_t second = wordAt(left, kWord);
        const std::size_t size = second >> kSizeShift;
        if (size < kHead || size % kWord != 0) {
            // Only what began in the middle of a message can look so: the next piece begins a message again.
            handler_(fmt::format(R"("lost":{}}})", left.size()));
            left = {};
            break;
        }
        if (left.size() < size) {
            break;
        }
        decode(direction, wordAt(left, 0), second & kOpcode, left.substr(kHead, size - kHead));
        left.remove_prefix(size);
    }
    waiting.erase(0, waiting.size() - left.size());
}

void WireDecoder::decode(Direction direction, std::uint32_t id, std::uint32_t opcode, std::string_view body) {
    const auto known = objects_.find(id);
    const wl_interface* interface = known != objects_.end() ? known->second : nullptr;
    std::string text;
    JsonWriter out(text);
    out.beginObject().member("direction", direction == Direction::sent ? "sent" : "received");
    out.member("object", id);
    writeName(out, nameOf(interface));
    std::span<const wl_message> messages;
    if (interface != nullptr) {
        messages = direction == Direction::sent
                       ? std::span(interface->methods, static_cast<std::size_t>(interface->method_count))
                       : std::span(interface->events, static_cast<std::size_t>(interface->event_count));
    }
    const bool named = opcode < messages.size();
    out.member("message", named ? std::string(messages[opcode].name) : fmt::format("#{}", opcode));
    out.key("arguments").beginArray();
    if (named) {
        const wl_message& message = messages[opcode];
        const std::string kinds = kindsOf(message);
        Arguments arguments(*this, body);
        for (std::size_t i = 0; i < kinds.size(); ++i) {
            if (!arguments.write(out, kinds[i], message.types != nullptr ? message.types[i] : nullptr)) {
                break; // it is shorter than it should be
            }
        }
    } else {
        out.beginObject().member("bytes", body.size()).endObject();
    }
    out.endArray().endObject();
    handler_(std::string_view(text).substr(1)); // without the first brace
    constexpr std::uint32_t deleteId = 1;       // of wl_display
    if (direction == Direction::received && id == kDisplay && opcode == deleteId && body.size() >= kWord) {
        objects_.erase(wordAt(body, 0));
    }
}

} // namespace compositord
