// permessage-deflate (RFC 7692): which clients get large messages compressed.
#pragma once

#include "web/connections.hpp"

#include <libwebsockets.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace compositord {

/// Whose large messages are compressed. On one machine that costs more than it saves.
enum class Compress : std::uint8_t { none, remote, all };

std::optional<Compress> parseCompress(std::string_view name);

/// Whether to compress for a client. `offer` is the Sec-WebSocket-Extensions of its handshake.
bool agreesOnCompression(Compress whom, const Peer& peer, std::string_view offer);

/// What libwebsockets needs to read the messages of clients that compress; an empty one ends the list.
std::array<lws_extension, 2> compressionExtensions();

} // namespace compositord
