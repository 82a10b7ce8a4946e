#include "compositor/wire_relay.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kProgram = 0;
constexpr std::size_t kCompositor = 1;
constexpr std::size_t kStep = 65536;
constexpr std::size_t kMostDescriptors = 253; // of one message, for the kernel

union Control {
    cmsghdr head; // for its alignment
    std::array<char, CMSG_SPACE(sizeof(int) * kMostDescriptors)> bytes;
};

std::size_t waitingIn(int fd) {
    int count = 0;
    return ioctl(fd, SIOCINQ, &count) < 0 ? 0 : static_cast<std::size_t>(count);
}

void takeDescriptors(msghdr& message, std::vector<UniqueFd>& into) {
    for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
        if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        std::vector<int> numbers((each->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        std::memcpy(numbers.data(), CMSG_DATA(each), numbers.size() * sizeof(int));
        for (const int number : numbers) {
            into.emplace_back(number);
        }
    }
}

} // namespace

Result<std::unique_ptr<WireRelay>> WireRelay::insert(EventLoop& loop, int fd, Handler handler) {
    std::unique_ptr<WireRelay> relay(new WireRelay(fd, std::move(handler)));
    if (auto started = relay->start(loop); !started) {
        return std::unexpected(started.error());
    }
    return relay;
}

Result<> WireRelay::start(EventLoop& loop) {
    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair.data()) < 0) {
        return failure(errno, "cannot look into the Wayland connection");
    }
    const UniqueFd theirs(pair[0]);
    ends_[kProgram].fd = UniqueFd(pair[1]);
    ends_[kCompositor].fd = UniqueFd(fcntl(fd_, F_DUPFD_CLOEXEC, 0));
    if (!ends_[kCompositor].fd) {
        return failure(errno, "cannot look into the Wayland connection");
    }
    for (const std::size_t i : {kProgram, kCompositor}) {
        auto source = loop.addIo(
            ends_.at(i).fd.get(), EPOLLIN, [this, i](std::uint32_t events) { onReady(i, events); },
            Priority::important);
        if (!source) {
            return std::unexpected(source.error());
        }
        ends_.at(i).source = *std::move(source);
    }
    if (dup3(theirs.get(), fd_, O_CLOEXEC) < 0) {
        return failure(errno, "cannot look into the Wayland connection");
    }
    return {};
}

void WireRelay::onReady(std::size_t from, std::uint32_t events) {
    if ((events & EPOLLOUT) != 0) {
        write(ends_.at(from));
    }
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
        read(from);
    }
    watch();
}

void WireRelay::read(std::size_t from) {
    End& source = ends_.at(from);
    End& target = ends_.at(1 - from);
    if (!source.reads || !target.bytes.empty()) {
        return; // one piece at a time: what waits must not grow
    }
    std::string bytes(kStep, '\0');
    Control control{};
    iovec part{.iov_base = bytes.data(), .iov_len = bytes.size()};
    msghdr message{.msg_iov = &part,
                   .msg_iovlen = 1,
                   .msg_control = control.bytes.data(),
                   .msg_controllen = control.bytes.size()};
    const ssize_t count = recvmsg(source.fd.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (count <= 0) {
        end(source);
        return;
    }
    bytes.resize(static_cast<std::size_t>(count));
    takeDescriptors(message, target.descriptors);
    handler_(from == kProgram ? WireDecoder::Direction::sent : WireDecoder::Direction::received, bytes);
    target.bytes = std::move(bytes);
    write(target);
}

void WireRelay::write(End& to) {
    while (!to.bytes.empty()) {
        Control control{};
        iovec part{.iov_base = to.bytes.data(), .iov_len = to.bytes.size()};
        msghdr message{.msg_iov = &part, .msg_iovlen = 1};
        if (!to.descriptors.empty()) {
            std::vector<int> numbers;
            numbers.reserve(to.descriptors.size());
            for (const UniqueFd& each : to.descriptors) {
                numbers.push_back(each.get());
            }
            message.msg_control = control.bytes.data();
            message.msg_controllen = CMSG_SPACE(sizeof(int) * numbers.size());
            cmsghdr* const head = CMSG_FIRSTHDR(&message);
            *head = {.cmsg_len = CMSG_LEN(sizeof(int) * numbers.size()),
                     .cmsg_level = SOL_SOCKET,
                     .cmsg_type = SCM_RIGHTS};
            std::memcpy(CMSG_DATA(head), numbers.data(), sizeof(int) * numbers.size());
        }
        const ssize_t count = sendmsg(to.fd.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0 && errno == EAGAIN) {
            return;
        }
        if (count < 0) {
            to.bytes.clear(); // nobody reads it any more, which reading finds as well
            to.descriptors.clear();
            return;
        }
        to.descriptors.clear();
        to.bytes.erase(0, static_cast<std::size_t>(count));
    }
}

/// The other side has closed that end: so the one here closes as well, when all before it was passed on.
void WireRelay::end(End& to) {
    to.closed = true;
    to.bytes.clear();
    to.descriptors.clear();
    to.source.disarm();
}

void WireRelay::finish() {
    finishing_ = true;
    ends_[kCompositor].reads = false;
    watch();
}

void WireRelay::watch() {
    for (const std::size_t i : {kProgram, kCompositor}) {
        End& each = ends_.at(i);
        const End& other = ends_.at(1 - i);
        if (each.closed) {
            continue;
        }
        if (other.closed && each.bytes.empty()) {
            ::shutdown(each.fd.get(), SHUT_RDWR);
            end(each);
            continue;
        }
        const bool reads = each.reads && other.bytes.empty();
        each.source.watch((reads ? EPOLLIN : 0U) | (each.bytes.empty() ? 0U : EPOLLOUT));
    }
}

bool WireRelay::empty() const {
    return std::ranges::all_of(ends_, [](const End& end) { return end.bytes.empty(); }) &&
           waitingIn(ends_[kProgram].fd.get()) == 0 && waitingIn(fd_) == 0;
}

Result<> WireRelay::remove() {
    if (dup3(ends_[kCompositor].fd.get(), fd_, O_CLOEXEC) < 0) {
        return failure(errno, "cannot leave the Wayland connection");
    }
    return {};
}

} // namespace compositord
