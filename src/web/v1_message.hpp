// How a message of compositord.v1 is put into a frame, in each of its formats.
#pragma once

#include "base/json_writer.hpp"
#include "base/msgpack_writer.hpp"
#include "web/frame.hpp"
#include "web/v1.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>

namespace compositord {

template <class Writer> void write(Writer& out, const RequestId& id) {
    if (const auto* number = std::get_if<std::int64_t>(&id)) {
        out.value(*number);
    } else if (const auto* text = std::get_if<std::string>(&id)) {
        out.value(*text);
    } else {
        out.null();
    }
}

/// One message: its type, its own members, and nothing else.
template <class Members>
void addMessage(Frame& frame, V1::Format format, std::string_view type, const Members& members) {
    std::string text;
    const auto writeTo = [&](auto out) {
        out.beginObject().member("type", type);
        members(out);
        out.endObject();
    };
    if (format == V1::Format::msgpack) {
        writeTo(MsgpackWriter(text));
        frame.addBinary(text);
        return;
    }
    writeTo(JsonWriter(text));
    if (format == V1::Format::json) {
        frame.addText(text);
    } else {
        frame.addRaw(fmt::format("event: {}\ndata: {}\n\n", type, text));
    }
}

template <class Members>
SharedFrame message(V1::Format format, std::string_view type, const Members& members) {
    auto frame = std::make_shared<Frame>();
    addMessage(*frame, format, type, members);
    return frame;
}

} // namespace compositord
