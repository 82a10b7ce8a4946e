#include "compositor/wayland_connection.hpp"

#include <fmt/format.h>

#include <sys/epoll.h>

#include <cerrno>
#include <cstring>

namespace compositord {

namespace {

/// Why the connection ended, for a person. A protocol error says what the compositor objected to.
std::string reasonOf(wl_display* display) {
    const int code = wl_display_get_error(display);
    if (code == EPROTO) {
        const wl_interface* interface = nullptr;
        std::uint32_t id = 0;
        const std::uint32_t error = wl_display_get_protocol_error(display, &interface, &id);
        return fmt::format("the compositor ended the connection with protocol error {} on {}#{}", error,
                           interface != nullptr ? interface->name : "unknown", id);
    }
    if (code == 0 || code == EPIPE || code == ECONNRESET) {
        return "the compositor closed the connection";
    }
    return fmt::format("the connection to the compositor failed: {}",
                       std::strerror(code)); // NOLINT(concurrency-mt-unsafe)
}

} // namespace

WaylandConnection::WaylandConnection(EventLoop& loop, WaylandHandle<wl_display> display, LostHandler onLost)
    : loop_(loop), display_(std::move(display)), onLost_(std::move(onLost)) {}

Result<std::unique_ptr<WaylandConnection>> WaylandConnection::adopt(EventLoop& loop, UniqueFd fd,
                                                                    LostHandler onLost) {
    WaylandHandle<wl_display> display(wl_display_connect_to_fd(fd.get()));
    if (!display) {
        return failure(errno, "cannot use the inherited Wayland connection");
    }
    static_cast<void>(fd.release()); // the display closes it
    std::unique_ptr<WaylandConnection> connection(
        new WaylandConnection(loop, std::move(display), std::move(onLost)));
    if (auto attached = connection->attach(); !attached) {
        return std::unexpected(attached.error());
    }
    return connection;
}

Result<std::unique_ptr<WaylandConnection>>
WaylandConnection::connect(EventLoop& loop, const std::string& display, LostHandler onLost) {
    WaylandHandle<wl_display> connected(wl_display_connect(display.c_str()));
    if (!connected) {
        return failure(errno, "cannot connect to the Wayland compositor", display);
    }
    std::unique_ptr<WaylandConnection> connection(
        new WaylandConnection(loop, std::move(connected), std::move(onLost)));
    if (auto attached = connection->attach(); !attached) {
        return std::unexpected(attached.error());
    }
    return connection;
}

Result<> WaylandConnection::watchSocket() {
    auto io = loop_.addIo(
        wl_display_get_fd(display_.get()), EPOLLIN, [this](std::uint32_t) { read(); }, Priority::important);
    if (!io) {
        return std::unexpected(io.error());
    }
    io_ = std::move(*io);
    io_.prepare([this] { dispatchPending(); });
    return {};
}

Result<> WaylandConnection::attach() {
    if (auto watched = watchSocket(); !watched) {
        return watched;
    }

    // Last of all before the loop waits: what other sources asked of the compositor in this turn goes out
    // now.
    auto flush = loop_.addPrepare([this] { this->flush(); }, Priority::idle);
    if (!flush) {
        return std::unexpected(flush.error());
    }
    flush_ = std::move(*flush);

    auto loss = loop_.addDeferred([this] {
        // The handler may destroy this object, and with it this closure and onLost_: it runs from the stack.
        LostHandler onLost = std::move(onLost_);
        onLost(reasonOf(display_.get()));
    });
    if (!loss) {
        return std::unexpected(loss.error());
    }
    loss_ = std::move(*loss);
    return {};
}

void WaylandConnection::read() {
    if (lost_) {
        return;
    }
    while (wl_display_prepare_read(display_.get()) != 0) {
        if (wl_display_dispatch_pending(display_.get()) < 0) {
            lose();
            return;
        }
    }
    if (wl_display_read_events(display_.get()) < 0 || wl_display_dispatch_pending(display_.get()) < 0) {
        lose();
    }
}

void WaylandConnection::dispatchPending() {
    if (!lost_ && wl_display_dispatch_pending(display_.get()) < 0) {
        lose();
    }
}

void WaylandConnection::flush() {
    if (lost_) {
        return;
    }
    const bool full = wl_display_flush(display_.get()) < 0;
    if (full && errno != EAGAIN) {
        // What the compositor sent before it went is still to be read; reading finds the end.
        return;
    }
    if (full != waitsForWrite_) {
        waitsForWrite_ = full;
        io_.watch(full ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
    if (full) {
        return;
    }
    if (watch_ && !relay_) {
        lookIn(*watch_);
    } else if (!watch_ && relay_) {
        lookAway();
    }
}

void WaylandConnection::lookIn(WireWatch& watch) {
    decoder_ = std::make_unique<WireDecoder>(watch.roots, watch.onMessage);
    for (wl_proxy* each : watch.objects()) {
        decoder_->know(wl_proxy_get_id(each), std::string_view(wl_proxy_get_class(each)));
    }
    io_ = EventSource(); // it watches the socket, which gets another number
    auto relay = WireRelay::insert(loop_, wl_display_get_fd(display_.get()),
                                   [this](WireDecoder::Direction direction, std::string_view bytes) {
                                       decoder_->feed(direction, bytes);
                                   });
    const auto watched = watchSocket();
    if (!watched) {
        lose();
    } else if (relay) {
        relay_ = *std::move(relay);
    } else {
        watch.onMessage(R"("problem":"cannot look into the connection"})");
        watch_.reset();
    }
}

void WaylandConnection::lookAway() {
    relay_->finish();
    if (!relay_->empty()) {
        return; // in the next turn
    }
    io_ = EventSource();
    const auto removed = relay_->remove();
    relay_.reset();
    decoder_.reset();
    if (!removed || !watchSocket()) {
        lose();
    }
}

void WaylandConnection::lose() {
    if (!lost_) {
        lost_ = true;
        io_.disarm();
        loss_.trigger();
    }
}

} // namespace compositord
