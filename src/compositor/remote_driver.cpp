#include "compositor/remote_driver.hpp"

#include "base/files.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <random>
#include <utility>

namespace compositord {

namespace {

constexpr std::chrono::milliseconds kFirstDelay{500};
constexpr std::chrono::milliseconds kLongestDelay{30000};

// A server that says nothing for so long, not even that it lives, is taken for gone. compositord pings each
// client more often.
constexpr std::chrono::seconds kLongestSilence{90};

constexpr std::size_t kLargestToken = 4096;

std::string newOrigin() {
    std::random_device random;
    return fmt::format("compositord-{:08x}{:08x}", random(), random());
}

/// In a path of a request, as RFC 3986 section 2 has it.
std::string escaped(const std::string& name) {
    std::string text;
    for (const char c : name) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           std::string_view("-_.~,").contains(c);
        text += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return text;
}

Result<std::string> readToken(const std::string& file) {
    if (file.empty()) {
        return std::string();
    }
    const UniqueFd opened(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened) {
        return failure(errno, "cannot read the token", file);
    }
    auto text = readAll(opened.get(), kLargestToken, 0, file);
    if (!text) {
        return std::unexpected(text.error());
    }
    std::string token = text->substr(0, text->find_first_of(" \t\r\n"));
    const bool plain = std::ranges::all_of(token, [](char c) { return c > ' ' && c < '\x7f'; });
    if (token.empty() || !plain) {
        return failure(0, "there is no token in its first line", file);
    }
    return token;
}

/// The number of an address, whatever its family; nothing if it is a name.
bool isNumeric(const std::string& address) {
    std::array<unsigned char, sizeof(in6_addr)> unused{};
    return inet_pton(AF_INET, address.c_str(), unused.data()) == 1 ||
           inet_pton(AF_INET6, address.c_str(), unused.data()) == 1;
}

/// Runs on a thread of its own: names may take long.
std::string resolve(const std::string& name) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) {
        return {};
    }
    std::array<char, NI_MAXHOST> text{};
    const int code =
        getnameinfo(found->ai_addr, found->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
    freeaddrinfo(found);
    return code == 0 ? text.data() : "";
}

Result<UniqueFd> beginToConnect(const std::string& address, std::uint16_t port) {
    sockaddr_in inFour{};
    sockaddr_in6 inSix{};
    inFour.sin_family = AF_INET;
    inFour.sin_port = htons(port);
    inSix.sin6_family = AF_INET6;
    inSix.sin6_port = htons(port);
    const bool four = inet_pton(AF_INET, address.c_str(), &inFour.sin_addr) == 1;
    if (!four && inet_pton(AF_INET6, address.c_str(), &inSix.sin6_addr) != 1) {
        return failure(EINVAL, "this is no address", address);
    }
    UniqueFd fd(::socket(four ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) {
        return failure(errno, "cannot make a socket");
    }
    const int on = 1;
    static_cast<void>(setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
    const auto* const where =
        four ? reinterpret_cast<const sockaddr*>(&inFour) : reinterpret_cast<const sockaddr*>(&inSix);
    if (::connect(fd.get(), where, four ? sizeof inFour : sizeof inSix) < 0 && errno != EINPROGRESS) {
        return failure(errno, "cannot connect to the other compositord", address);
    }
    return fd;
}

} // namespace

Result<std::unique_ptr<RemoteDriver>> RemoteDriver::create(EventLoop& loop, const Log& log, Settings settings,
                                                           Listener listener) {
    std::unique_ptr<RemoteDriver> driver(
        new RemoteDriver(loop, log, std::move(settings), std::move(listener)));
    if (auto started = driver->start(); !started) {
        return std::unexpected(started.error());
    }
    return driver;
}

RemoteDriver::RemoteDriver(EventLoop& loop, const Log& log, Settings settings, Listener listener)
    : loop_(loop), log_(log.withCategory(LogCategory::remote)), settings_(std::move(settings)),
      listener_(std::move(listener)), peer_({.name = settings_.name,
                                             .driver = kName,
                                             .origin = newOrigin(),
                                             .own = settings_.own,
                                             .all = settings_.compositor.empty()}),
      backoff_(kFirstDelay, kLongestDelay) {}

Result<> RemoteDriver::start() {
    auto retry = loop_.addTimer([this] { tryToConnect(); });
    if (!retry) {
        return std::unexpected(retry.error());
    }
    retry_ = std::move(*retry);
    auto silence = loop_.addTimer([this] {
        if (stream_) {
            stream_->fail("the other compositord says nothing any more");
        }
    });
    if (!silence) {
        return std::unexpected(silence.error());
    }
    silence_ = std::move(*silence);
    tryToConnect();
    return {};
}

void RemoteDriver::tryToConnect() {
    if (settings_.address.starts_with('/')) {
        attach({});
        return;
    }
    if (isNumeric(settings_.address)) {
        connectTo(settings_.address);
        return;
    }
    if (!resolver_) {
        auto worker = Worker::create(loop_);
        if (!worker) {
            waitAgain(worker.error().message());
            return;
        }
        resolver_ = std::move(*worker);
    }
    resolver_->submit([this, name = settings_.address]() -> Worker::Completion {
        return [this, address = resolve(name)] {
            if (address.empty()) {
                waitAgain(fmt::format("there is no host {}", settings_.address));
            } else {
                connectTo(address);
            }
        };
    });
}

void RemoteDriver::connectTo(const std::string& numericAddress) {
    auto fd = beginToConnect(numericAddress, settings_.port);
    if (!fd) {
        waitAgain(fd.error().message());
        return;
    }
    attach(std::move(*fd));
}

void RemoteDriver::attach(UniqueFd fd) {
    const auto token = readToken(settings_.tokenFile);
    if (!token) {
        waitAgain(token.error().message());
        return;
    }
    UnixStream::Listener listener{.onData = [this](std::string_view bytes) { onData(bytes); },
                                  .onLost = [this](const std::string& reason) { onLost(reason); }};
    const bool isUnix = !fd;
    auto stream = isUnix ? UnixStream::connect(loop_, settings_.address, std::move(listener))
                         : UnixStream::adopt(loop_, std::move(fd), std::move(listener));
    if (!stream) {
        waitAgain(stream.error().message());
        return;
    }
    stream_ = std::move(*stream);
    ended_ = false;
    const std::string key = newWebSocketKey();
    reader_.emplace(
        key, WebSocketReader::Listener{.onOpen = [] {},
                                       .onMessage = [this](std::string_view text) { onMessage(text); },
                                       .onReply = [this](const std::string& frame) { transmit(frame); }});
    const bool six = settings_.address.contains(':');
    const std::string opening =
        openingOf({.host = isUnix ? "localhost"
                                  : fmt::format("{}{}{}:{}", six ? "[" : "", settings_.address,
                                                six ? "]" : "", settings_.port),
                   .path = settings_.compositor.empty() ? "/" : "/c/" + escaped(settings_.compositor),
                   .protocol = "compositord.v1.json",
                   .token = *token,
                   .key = key});
    silence_.arm(kLongestSilence);
    if (!settings_.encrypted) {
        stream_->send(opening);
        return;
    }
    auto tls = TlsClient::create({settings_.address, settings_.authorities},
                                 {.onText = [this](std::string_view bytes) { onText(bytes); },
                                  .onSend = [this](std::string_view bytes) { return stream_->send(bytes); }});
    if (!tls) {
        stream_->fail(tls.error().message());
        return;
    }
    tls_ = std::move(*tls);
    tls_->send(opening);
    static_cast<void>(tls_->feed({}));
}

/// What is said to the other one. False if it takes nothing.
bool RemoteDriver::transmit(std::string_view text) {
    return tls_ ? tls_->send(text) : stream_->send(text);
}

void RemoteDriver::onData(std::string_view bytes) {
    silence_.arm(kLongestSilence);
    if (!tls_) {
        onText(bytes);
        return;
    }
    if (const auto read = tls_->feed(bytes); !read) {
        stream_->fail(read.error());
    }
}

void RemoteDriver::onText(std::string_view bytes) {
    const auto read = reader_ ? reader_->feed(bytes) : std::expected<void, std::string>();
    if (!read) {
        stream_->fail(read.error());
    }
}

void RemoteDriver::onMessage(std::string_view text) {
    if (ended_) {
        return; // it came together with what ended this
    }
    auto changes = peer_.read(text);
    if (!changes) {
        end(changes.error());
        return;
    }
    if (const auto subscription = peer_.subscription()) {
        transmit(textFrame(*subscription));
    }
    std::optional<Changes>& news = *changes;
    if (!news) {
        return;
    }
    if (!told_) {
        told_ = true;
        backoff_.reset();
        log_.info("connected to another compositord, {} ({} cameras, {} windows)", settings_.name,
                  news->cameras.size(), news->windows.size());
    }
    listener_.onCommit(*std::move(news));
}

void RemoteDriver::end(const V1Peer::Fault& fault) {
    ended_ = true;
    if (fault.refused) {
        if (peer_.compositor().reason != fault.what) {
            log_.warn("{}: {}", settings_.name, fault.what);
        }
        backoff_.giveUp(); // until somebody changes the settings, here or there
        stream_->fail(fault.what);
        return;
    }
    log_.warn("{}: a message that cannot be read: {}", settings_.name, printable(fault.what));
    stream_->fail("the other compositord says what cannot be read");
}

void RemoteDriver::onLost(const std::string& reason) {
    if (told_) {
        log_.warn("{}: {}; waiting for it to come back", settings_.name, reason);
    }
    stream_.reset();
    tls_.reset();
    reader_.reset();
    silence_.disarm();
    told_ = false;
    waitAgain(reason);
}

void RemoteDriver::waitAgain(const std::string& reason) {
    const auto delay = backoff_.next();
    log_.debug("{}: {}; trying again in {} ms", settings_.name, reason, delay.count());
    listener_.onCommit(peer_.farewell(reason));
    retry_.arm(delay);
}

/// What somebody does, or that they let go of all.
CommandResult RemoteDriver::sendInput(ClientNumber who, const Input* input) {
    if (!stream_ || !told_) {
        return input == nullptr ? CommandResult{}
                                : std::unexpected(Refusal{RefusalCode::disconnected, "",
                                                          "the compositor is not connected"});
    }
    for (const std::string& message : peer_.writeInput(who, input)) {
        if (!transmit(textFrame(message))) {
            // Nobody knows what is pressed there now; the end of the connection releases it.
            stream_->fail("the other compositord takes nothing");
            return std::unexpected(
                Refusal{RefusalCode::busy, "", "the other compositord takes nothing; try again later"});
        }
    }
    return {};
}

CommandResult RemoteDriver::request(const Request& request) {
    const auto* const input = std::get_if<Input>(&request.command);
    if (input != nullptr || std::holds_alternative<ReleaseInput>(request.command)) {
        return sendInput(request.tag.client, input);
    }
    const auto message = peer_.write(request);
    if (!message) {
        return std::unexpected(
            Refusal{RefusalCode::unsupported, "", "another compositord is not asked for this"});
    }
    if (!stream_ || !told_) {
        return std::unexpected(Refusal{RefusalCode::disconnected, "", "the compositor is not connected"});
    }
    if (!transmit(textFrame(*message))) {
        return std::unexpected(
            Refusal{RefusalCode::busy, "", "the other compositord takes nothing; try again later"});
    }
    return {};
}

} // namespace compositord
