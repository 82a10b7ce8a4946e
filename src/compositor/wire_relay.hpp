// Stands in the middle of a Wayland connection while somebody looks at it, and only then.
// libwayland keeps its descriptor by number: while this is there, that number is one end of a socket pair,
// the other end is here, and so is the compositor's socket. What comes from one goes to the other, in order,
// with the descriptors that it carries. Nothing of this exists while nobody looks.
#pragma once

#include "base/event_loop.hpp"
#include "compositor/wire_decoder.hpp"

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

class WireRelay {
public:
    using Handler = std::function<void(WireDecoder::Direction direction, std::string_view bytes)>;

    /// Puts itself between `fd` and its socket. No part of a message may be on its way out; no source of the
    /// loop may watch `fd`.
    static Result<std::unique_ptr<WireRelay>> insert(EventLoop& loop, int fd, Handler handler);

    WireRelay(const WireRelay&) = delete;
    WireRelay& operator=(const WireRelay&) = delete;
    ~WireRelay() = default;

    /// From now on takes nothing more from the compositor, so that remove() has its chance.
    void finish();

    /// Puts the socket back where it was. False as long as something is still on its way: to be tried again
    /// in the next turn of the loop. No source of the loop may watch the descriptor.
    bool empty() const;
    Result<> remove();

private:
    /// One end, and what is to be written into it.
    struct End {
        UniqueFd fd;
        EventSource source;
        std::string bytes;
        std::vector<UniqueFd> descriptors;
        bool reads = true;
        bool closed = false; // the other side has ended it
    };

    WireRelay(int fd, Handler handler) : fd_(fd), handler_(std::move(handler)) {}

    Result<> start(EventLoop& loop);
    void onReady(std::size_t from, std::uint32_t events);
    void read(std::size_t from);
    void write(End& to);
    void end(End& to);
    void watch();

    int fd_;
    Handler handler_;
    std::array<End, 2> ends_; // the program's, and the compositor's
    bool finishing_ = false;
};

} // namespace compositord
