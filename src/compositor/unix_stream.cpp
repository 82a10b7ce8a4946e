#include "compositor/unix_stream.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace compositord {

namespace {

// Requests are short; a peer that leaves so many unread hangs.
constexpr std::size_t kMostUnsent = std::size_t{256} * 1024;
constexpr std::size_t kReadSize = std::size_t{64} * 1024;

} // namespace

std::optional<std::string> newestSocket(const std::filesystem::path& folder, std::string_view prefix) {
    std::optional<std::string> newest;
    auto time = std::filesystem::file_time_type::min();
    std::error_code error;
    std::filesystem::directory_iterator entry(folder, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        std::error_code gone;
        const auto written = entry->last_write_time(gone);
        if (!gone && entry->path().filename().string().starts_with(prefix) && written > time) {
            time = written;
            newest = entry->path();
        }
    }
    return newest;
}

Result<std::unique_ptr<UnixStream>> UnixStream::connect(EventLoop& loop, const std::string& path,
                                                        Listener listener) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        return failure(ENAMETOOLONG, "this cannot be the path of a socket", path);
    }
    std::memcpy(static_cast<char*>(address.sun_path), path.data(), path.size());
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) {
        return failure(errno, "cannot make a socket");
    }
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
        return failure(errno, "cannot connect to the compositor", path);
    }
    return adopt(loop, std::move(fd), std::move(listener));
}

Result<std::unique_ptr<UnixStream>> UnixStream::adopt(EventLoop& loop, UniqueFd fd, Listener listener) {
    std::unique_ptr<UnixStream> stream(new UnixStream(std::move(fd), std::move(listener)));
    if (auto attached = stream->attach(loop); !attached) {
        return std::unexpected(attached.error());
    }
    return stream;
}

Result<> UnixStream::attach(EventLoop& loop) {
    auto io = loop.addIo(fd_.get(), EPOLLIN, [this](std::uint32_t events) { onReady(events); });
    if (!io) {
        return std::unexpected(io.error());
    }
    io_ = std::move(*io);
    auto loss = loop.addDeferred([this] {
        // The handler may destroy this object, and with it the handler: both run from the stack.
        const auto onLost = std::make_unique<decltype(listener_.onLost)>(std::move(listener_.onLost));
        const std::string reason = reason_;
        (*onLost)(reason);
    });
    if (!loss) {
        return std::unexpected(loss.error());
    }
    loss_ = std::move(*loss);
    return {};
}

bool UnixStream::send(std::string_view bytes) {
    if (!reason_.empty()) {
        return true; // nobody waits for it any more, which onLost will say
    }
    if (unsent_.size() + bytes.size() > kMostUnsent) {
        return false;
    }
    unsent_ += bytes;
    write();
    return true;
}

void UnixStream::fail(const std::string& reason) {
    if (reason_.empty()) {
        reason_ = reason;
        io_.disarm();
        loss_.trigger();
    }
}

void UnixStream::onReady(std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) {
        write();
    }
    if (reason_.empty() && (events & ~EPOLLOUT) != 0) {
        read();
    }
}

void UnixStream::read() {
    // One piece in each turn of the loop, so that a peer that talks without end does not keep it.
    std::array<char, kReadSize> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
    const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (count > 0) {
        listener_.onData({buffer.data(), static_cast<std::size_t>(count)});
    } else if (count == 0) {
        fail("the compositor closed the connection");
    } else if (errno != EAGAIN && errno != EINTR) {
        fail(Error{errno, "the connection to the compositor failed", {}}.message());
    }
}

void UnixStream::write() {
    while (!unsent_.empty()) {
        const ssize_t count = ::send(fd_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
        if (count < 0) {
            // Of a connection that ended, reading tells, after what is still to be read.
            if (errno != EAGAIN && errno != EINTR) {
                unsent_.clear();
            }
            break;
        }
        unsent_.erase(0, static_cast<std::size_t>(count));
    }
    io_.watch(unsent_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

} // namespace compositord
