// Reads what goes over a Wayland connection and says it in JSON: which message of which object, with what.
// What an object is comes from whoever knows it at the start, and then from the messages that make objects.
// Pure: bytes in, text out, so that it can be tested with any bytes.
#pragma once

#include <wayland-client.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace compositord {

class WireDecoder {
public:
    enum class Direction : std::uint8_t { sent, received };

    /// Gets a message as one JSON object without its first brace, so that a time can be put before.
    using Handler = std::function<void(std::string_view json)>;

    /// `roots` are interfaces of globals that may be bound; what their messages refer to is known as well.
    WireDecoder(std::span<const wl_interface* const> roots, Handler handler);

    /// That the object is of this interface; null if only its name is known, which then has to be one of
    /// those above.
    void know(std::uint32_t id, const wl_interface* interface) { objects_[id] = interface; }

    void know(std::uint32_t id, std::string_view interface) { objects_[id] = find(interface); }

    /// What went over the connection, in pieces of any size.
    void feed(Direction direction, std::string_view bytes);

    std::size_t objects() const { return objects_.size(); }

private:
    class Arguments;

    void add(const wl_interface* interface);
    const wl_interface* find(std::string_view name) const;
    void decode(Direction direction, std::uint32_t id, std::uint32_t opcode, std::string_view body);

    Handler handler_;
    std::map<std::string, const wl_interface*, std::less<>> interfaces_;
    std::map<std::uint32_t, const wl_interface*> objects_; // null: unknown
    std::array<std::string, 2> waiting_;                   // the beginning of a message, by direction
};

} // namespace compositord
