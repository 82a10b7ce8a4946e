#include "notify/progress_socket.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace compositord {

class ProgressSocket::Client {
public:
    Client(UniqueFd fd, ProgressFormat format) : fd_(std::move(fd)), format_(format), decoder_(format) {}

    Result<> listen(EventLoop& loop, EventSource::IoHandler handler) {
        auto source = loop.addIo(fd_.get(), EPOLLIN, std::move(handler), Priority::idle);
        if (!source) {
            return std::unexpected(source.error());
        }
        source_ = std::move(*source);
        return {};
    }

    ProgressFormat format() const { return format_; }

    bool gone() const { return gone_; }

    void leave() {
        gone_ = true;
        source_.disarm();
    }

    /// Drops the oldest one that is not on its way yet, if too many wait.
    void queue(std::string bytes) {
        if (outbox_.size() == kMostQueued) {
            outbox_.erase(outbox_.begin() + (sent_ > 0 ? 1 : 0));
        }
        outbox_.push_back(std::move(bytes));
    }

    void flush();

    /// Reads once. The requests in it.
    std::vector<ProgressControl> read();

    int malformed() const { return decoder_.malformed(); }

private:
    UniqueFd fd_;
    ProgressFormat format_;
    ProgressDecoder decoder_;
    std::deque<std::string> outbox_;
    std::size_t sent_ = 0; // of the first one
    bool gone_ = false;
    EventSource source_; // last: gone before its descriptor
};

void ProgressSocket::Client::flush() {
    while (!gone_ && !outbox_.empty()) {
        const std::string& next = outbox_.front();
        const ssize_t written =
            ::send(fd_.get(), next.data() + sent_, next.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (written < 0 && errno != EAGAIN && errno != EINTR) {
            leave();
            return;
        }
        if (written < 0) {
            break;
        }
        sent_ += static_cast<std::size_t>(written);
        if (sent_ == next.size()) {
            outbox_.pop_front();
            sent_ = 0;
        }
    }
    if (!gone_) {
        source_.watch(outbox_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
    }
}

std::vector<ProgressControl> ProgressSocket::Client::read() {
    std::array<char, 4096> bytes{};
    const ssize_t got = recv(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        leave();
    }
    if (got <= 0) {
        return {};
    }
    auto controls = decoder_.feed({bytes.data(), static_cast<std::size_t>(got)});
    if (decoder_.lost()) {
        leave();
    }
    return controls;
}

ProgressSocket::ProgressSocket(EventLoop& loop, Log log, std::string eventName, OnControl onControl)
    : loop_(loop), log_(std::move(log)), eventName_(std::move(eventName)), onControl_(std::move(onControl)) {}

ProgressSocket::~ProgressSocket() = default;

Result<std::unique_ptr<ProgressSocket>> ProgressSocket::open(EventLoop& loop, const Log& log,
                                                             const SocketFolder& folder,
                                                             std::string eventName, OnControl onControl) {
    std::unique_ptr<ProgressSocket> socket(new ProgressSocket(loop, log.withCategory(LogCategory::progress),
                                                              std::move(eventName), std::move(onControl)));
    auto sweep = loop.addDeferred([self = socket.get()] { self->sweep(); });
    if (!sweep) {
        return std::unexpected(sweep.error());
    }
    socket->sweep_ = std::move(*sweep);
    for (const auto& [suffix, format] :
         {std::pair{".sock", ProgressFormat::frames}, std::pair{".json.sock", ProgressFormat::lines}}) {
        if (auto listening = socket->listen(folder, socket->eventName_ + suffix, format); !listening) {
            return std::unexpected(listening.error());
        }
    }
    return socket;
}

Result<> ProgressSocket::listen(const SocketFolder& folder, const std::string& name, ProgressFormat format) {
    auto socket = folder.listen(name);
    if (!socket) {
        return std::unexpected(socket.error());
    }
    Door& door = doors_.emplace_back(Door{std::move(*socket), format, {}});
    auto source = loop_.addIo(door.socket.fd(), EPOLLIN, [this, &door](std::uint32_t) { acceptAll(door); });
    if (!source) {
        return std::unexpected(source.error());
    }
    door.source = std::move(*source);
    return {};
}

void ProgressSocket::acceptAll(const Door& door) {
    while (UniqueFd fd{accept4(door.socket.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)}) {
        admit(door, std::move(fd));
    }
}

void ProgressSocket::admit(const Door& door, UniqueFd fd) {
    ucred peer{};
    socklen_t size = sizeof(peer);
    if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
        return;
    }
    if (peer.uid != geteuid() && peer.uid != 0) {
        log_.warn("the user {} may not follow {}", peer.uid, eventName_);
        return;
    }
    if (std::ranges::count_if(clients_, [](const Client& client) { return !client.gone(); }) ==
        kMostClients) {
        log_.warn("{} has {} clients already: one more is sent away", eventName_, kMostClients);
        return;
    }
    Client& client = clients_.emplace_back(std::move(fd), door.format);
    if (auto listening =
            client.listen(loop_, [this, &client](std::uint32_t events) { onReady(client, events); });
        !listening) {
        log_.error("{}", listening.error().message());
        clients_.pop_back();
        return;
    }
    for (const ProgressMessage& message : std::exchange(queue_, {})) {
        client.queue(encode(message, eventName_, client.format()));
    }
    client.flush();
    sweepSoon();
}

void ProgressSocket::onReady(Client& client, std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) {
        client.flush();
    }
    if ((events & ~std::uint32_t{EPOLLOUT}) != 0 && !client.gone()) {
        const int before = client.malformed();
        const auto controls = client.read();
        if (client.malformed() > before) {
            malformed_ += static_cast<std::uint64_t>(client.malformed() - before);
            log_.debug("{}: a client sent what is no message", eventName_);
        }
        for (const ProgressControl& control : controls) {
            onControl_(control);
        }
    }
    sweepSoon();
}

void ProgressSocket::send(const ProgressMessage& message) {
    // Whoever connected before something happened is told of it.
    for (const Door& door : doors_) {
        acceptAll(door);
    }
    std::array<std::string, 2> encoded; // by format, once for all
    bool heard = false;
    for (Client& client : clients_) {
        if (client.gone()) {
            continue;
        }
        std::string& bytes = encoded[std::to_underlying(client.format())];
        if (bytes.empty()) {
            bytes = encode(message, eventName_, client.format());
        }
        client.queue(bytes);
        client.flush();
        heard = heard || !client.gone();
    }
    if (!heard) {
        queue_.push_back(message);
        if (queue_.size() > kMostQueued) {
            queue_.pop_front();
        }
    }
    sweepSoon();
}

void ProgressSocket::sweepSoon() {
    if (std::ranges::any_of(clients_, &Client::gone)) {
        sweep_.trigger();
    }
}

void ProgressSocket::sweep() {
    std::erase_if(clients_, [](const Client& client) { return client.gone(); });
}

} // namespace compositord
