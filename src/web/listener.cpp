#include "web/listener.hpp"

#include "base/log.hpp"
#include "base/process.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <optional>

namespace compositord {

namespace {

constexpr int kBacklog = 1024; // a page that opens many connections at once must not be refused
constexpr std::string_view kUnixPrefix = "unix:";

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;

    template <class T> static SocketAddress of(const T& address) {
        SocketAddress result;
        std::memcpy(&result.storage, &address, sizeof address);
        result.length = sizeof address;
        return result;
    }

    template <class T> T as() const {
        T address{};
        std::memcpy(&address, &storage, sizeof address);
        return address;
    }

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }

    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

std::optional<SocketAddress> parseAddress(const std::string& text, std::uint16_t port) {
    sockaddr_in v4{.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
        return SocketAddress::of(v4);
    }
    sockaddr_in6 v6{.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
        return SocketAddress::of(v6);
    }
    return std::nullopt;
}

Result<SocketAddress> addressOf(const Endpoint& endpoint) {
    if (!endpoint.isUnix()) {
        const auto parsed = parseAddress(endpoint.address, endpoint.port);
        return parsed ? Result<SocketAddress>(*parsed)
                      : failure(EINVAL, "the address to listen on must be numeric, such as 127.0.0.1",
                                endpoint.address);
    }
    sockaddr_un address{.sun_family = AF_UNIX};
    if (endpoint.path.size() >= sizeof address.sun_path) {
        return failure(ENAMETOOLONG, "the path of a Unix socket has at most 107 bytes", endpoint.path);
    }
    endpoint.path.copy(&address.sun_path[0], endpoint.path.size());
    return SocketAddress::of(address);
}

Result<Endpoint> endpointOf(int fd) {
    SocketAddress address;
    if (getsockname(fd, address.get(), &address.length) < 0) {
        return failure(errno, "a descriptor to listen on is no socket", std::to_string(fd));
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.storage.ss_family == AF_INET) {
        const auto v4 = address.as<sockaddr_in>();
        inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
        return Endpoint{.address = text.data(), .port = ntohs(v4.sin_port)};
    }
    if (address.storage.ss_family == AF_INET6) {
        const auto v6 = address.as<sockaddr_in6>();
        inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
        return Endpoint{.address = text.data(), .port = ntohs(v6.sin6_port)};
    }
    if (address.storage.ss_family == AF_UNIX) {
        const auto unixAddress = address.as<sockaddr_un>();
        const std::size_t longest = address.length - offsetof(sockaddr_un, sun_path);
        return Endpoint{
            .path = std::string(&unixAddress.sun_path[0], strnlen(&unixAddress.sun_path[0], longest))};
    }
    return failure(EAFNOSUPPORT, "a descriptor to listen on is neither TCP nor a Unix socket",
                   std::to_string(fd));
}

/// Whether there is the file of a Unix socket whose listener is gone.
bool isStale(const std::string& path, const SocketAddress& address) {
    struct stat status{};
    if (lstat(path.c_str(), &status) < 0 || !S_ISSOCK(status.st_mode)) {
        return false;
    }
    const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    return probe && ::connect(probe.get(), address.get(), address.length) < 0 && errno == ECONNREFUSED;
}

bool bindTo(const UniqueFd& fd, const Endpoint& endpoint, const SocketAddress& address) {
    if (!endpoint.isUnix()) {
        // A restart must not wait for the last connections of the earlier run to time out.
        const int on = 1;
        setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        return ::bind(fd.get(), address.get(), address.length) == 0;
    }
    // Linux gives the file the mode that the socket has: there is no moment at which others could connect.
    fchmod(fd.get(), S_IRUSR | S_IWUSR);
    if (::bind(fd.get(), address.get(), address.length) == 0) {
        return true;
    }
    if (const int why = errno; why != EADDRINUSE || !isStale(endpoint.path, address)) {
        errno = why;
        return false;
    }
    ::unlink(endpoint.path.c_str());
    return ::bind(fd.get(), address.get(), address.length) == 0;
}

} // namespace

bool Endpoint::local() const {
    const auto parsed = isUnix() ? std::nullopt : parseAddress(address, port);
    if (!parsed) {
        return isUnix();
    }
    if (parsed->storage.ss_family == AF_INET) {
        return ntohl(parsed->as<sockaddr_in>().sin_addr.s_addr) >> 24U == IN_LOOPBACKNET;
    }
    const auto v6 = parsed->as<sockaddr_in6>();
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

std::string Endpoint::text(bool encrypted) const {
    if (isUnix()) {
        return fmt::format("{}{}", kUnixPrefix, path);
    }
    const std::string host = address.contains(':') ? fmt::format("[{}]", address) : address;
    return fmt::format("{}://{}:{}/", encrypted ? "https" : "http", host, port);
}

Result<Endpoint> parseEndpoint(std::string_view text, std::uint16_t port) {
    if (text.starts_with(kUnixPrefix)) {
        const std::string_view path = text.substr(kUnixPrefix.size());
        if (!path.starts_with('/')) {
            return failure(0, "unix: needs an absolute path after it", std::string(text));
        }
        return Endpoint{.path = std::string(path)};
    }
    Endpoint endpoint{.address = std::string(text), .port = port};
    if (parseAddress(endpoint.address, port)) {
        return endpoint;
    }
    const auto colon = text.rfind(':');
    const std::string_view number = colon == std::string_view::npos ? "" : text.substr(colon + 1);
    std::string_view address = text.substr(0, colon);
    const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), endpoint.port);
    if (address.starts_with('[') && address.ends_with(']')) {
        address = address.substr(1, address.size() - 2);
    }
    endpoint.address = address;
    if (number.empty() || problem != std::errc() || end != number.data() + number.size() ||
        !parseAddress(endpoint.address, 0)) {
        return failure(0,
                       "the address to listen on must be numeric, such as 127.0.0.1 or [::1]:8765, or unix: "
                       "and a path",
                       std::string(text));
    }
    return endpoint;
}

SocketFile::~SocketFile() {
    if (!path_.empty()) {
        ::unlink(path_.c_str());
    }
}

namespace {

Error notListening(int code, const Endpoint& endpoint, const std::string& where) {
    if (endpoint.isUnix()) {
        return {code, "cannot listen", where};
    }
    const auto holder = code == EADDRINUSE ? listenerOn(endpoint.port) : std::nullopt;
    if (!holder) {
        return {code, "cannot listen; use --port for another port", where};
    }
    return {code,
            fmt::format("port {} is taken by {}; end that, or use --port for another port", endpoint.port,
                        holder->text()),
            where};
}

} // namespace

Result<ListeningSocket> listenOn(const Endpoint& endpoint) {
    const auto address = addressOf(endpoint);
    if (!address) {
        return std::unexpected(address.error());
    }
    const std::string where = endpoint.text(false);
    UniqueFd fd(::socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) {
        return failure(errno, "cannot create a socket", where);
    }
    if (!bindTo(fd, endpoint, *address) || ::listen(fd.get(), kBacklog) < 0) {
        return std::unexpected(notListening(errno, endpoint, where));
    }
    auto bound = endpointOf(fd.get());
    if (!bound) {
        return std::unexpected(bound.error());
    }
    return ListeningSocket{.fd = std::move(fd),
                           .endpoint = *std::move(bound),
                           .file = endpoint.isUnix() ? SocketFile(endpoint.path) : SocketFile()};
}

Result<ListeningSocket> listenForOwner(const std::string& path) {
    const std::string folder = std::filesystem::path(path).parent_path();
    if (!folder.empty() && ::mkdir(folder.c_str(), S_IRWXU) < 0 && errno != EEXIST) {
        return failure(errno, "cannot make the folder of the control socket", folder);
    }
    std::error_code code;
    auto socket = listenOn({.path = std::filesystem::absolute(path, code)});
    if (socket) {
        socket->control = true;
    }
    return socket;
}

Result<ListeningSocket> adoptListening(UniqueFd fd) {
    auto endpoint = endpointOf(fd.get());
    if (!endpoint) {
        return std::unexpected(endpoint.error());
    }
    int listening = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(fd.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) < 0 || listening == 0) {
        return failure(0, "an inherited socket does not listen", endpoint->text(false));
    }
    const int flags = fcntl(fd.get(), F_GETFL);
    if (flags < 0 || fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(fd.get(), F_SETFD, FD_CLOEXEC) < 0) {
        return failure(errno, "cannot use an inherited socket", endpoint->text(false));
    }
    return ListeningSocket{.fd = std::move(fd), .endpoint = *std::move(endpoint)};
}

} // namespace compositord
