#include "cli/http_client.hpp"

#include "cli/json.hpp"

#include <fmt/format.h>

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace compositord::cli {

namespace {

constexpr std::size_t kStep = 65536;
constexpr std::size_t kLongestHead = 65536;
constexpr std::size_t kLongestBody = 256UL * 1024 * 1024;
constexpr unsigned kFirstFailure = 400;

std::unexpected<Problem> gone() {
    return problem(Exit::absent, "compositord has ended, or closed the connection");
}

/// What there is; empty at the end.
Outcome<std::string> readSome(const UniqueFd& fd) {
    std::string bytes(kStep, '\0');
    ssize_t count = 0;
    do {
        count = ::recv(fd.get(), bytes.data(), bytes.size(), 0);
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return gone();
    }
    bytes.resize(static_cast<std::size_t>(count));
    return bytes;
}

} // namespace

std::optional<HttpHead> parseHead(std::string_view bytes) {
    constexpr std::string_view start = "HTTP/1.1 ";
    constexpr std::string_view blank = "\r\n\r\n";
    constexpr std::size_t digits = 3;
    const std::size_t end = bytes.find(blank);
    if (end == std::string_view::npos) {
        return bytes.size() > kLongestHead ? std::optional(HttpHead{}) : std::nullopt;
    }
    HttpHead head{.rest = std::string(bytes.substr(end + blank.size()))};
    const std::string_view status =
        bytes.starts_with(start) ? bytes.substr(start.size(), digits) : std::string_view();
    std::from_chars(status.data(), status.data() + status.size(), head.status);
    return head;
}

Outcome<> sendAll(const UniqueFd& fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return gone();
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

Outcome<HttpHead> readHead(const UniqueFd& fd) {
    std::string bytes;
    for (;;) {
        auto more = readSome(fd);
        if (!more) {
            return std::unexpected(more.error());
        }
        bytes += *more;
        if (auto head = parseHead(bytes)) {
            return head->status != 0 ? Outcome<HttpHead>(*std::move(head))
                                     : problem(Exit::absent, "what answers there is not compositord");
        }
        if (more->empty()) {
            return gone();
        }
    }
}

Outcome<HttpReply> fetch(Transport& transport, std::string_view method, std::string_view path,
                         std::string_view body) {
    const auto fd = transport.connect();
    if (!fd) {
        return std::unexpected(fd.error());
    }
    const std::string content =
        body.empty() ? std::string()
                     : fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
    const auto sent =
        sendAll(*fd, fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}\r\n{}", method,
                                 path, content, body));
    auto head = sent ? readHead(*fd) : std::unexpected(sent.error());
    if (!head) {
        return std::unexpected(head.error());
    }
    HttpReply reply{head->status, std::move(head->rest)};
    for (;;) {
        const auto more = readSome(*fd);
        if (!more) {
            return std::unexpected(more.error());
        }
        if (more->empty()) {
            return reply;
        }
        reply.body += *more;
        if (reply.body.size() > kLongestBody) {
            return problem(Exit::failed, "the answer is larger than this program takes");
        }
    }
}

Problem refusalOf(const HttpReply& reply) {
    std::string words;
    if (const auto json = parse(reply.body)) {
        words = textIn(json->get(), "error");
    } else {
        words = reply.body.substr(0, reply.body.find('\n'));
    }
    return {Exit::failed,
            words.empty() ? fmt::format("compositord answers with status {}", reply.status) : words};
}

Outcome<std::string> get(Transport& transport, std::string_view path) {
    auto reply = fetch(transport, "GET", path);
    if (reply && reply->status >= kFirstFailure) {
        return std::unexpected(refusalOf(*reply));
    }
    return reply ? Outcome<std::string>(std::move(reply->body)) : std::unexpected(reply.error());
}

Outcome<std::string> post(Transport& transport, std::string_view path, std::string_view body) {
    auto reply = fetch(transport, "POST", path, body);
    if (reply && reply->status >= kFirstFailure) {
        return std::unexpected(refusalOf(*reply));
    }
    return reply ? Outcome<std::string>(std::move(reply->body)) : std::unexpected(reply.error());
}

void EventParser::feed(std::string_view bytes, const Handler& onEvent) {
    waiting_ += bytes;
    std::string_view left = waiting_;
    constexpr std::string_view blank = "\n\n";
    for (std::size_t end = 0; (end = left.find(blank)) != std::string_view::npos;) {
        std::string_view block = left.substr(0, end);
        left.remove_prefix(end + blank.size());
        std::string name;
        std::string data;
        while (!block.empty()) {
            const std::string_view line = block.substr(0, block.find('\n'));
            block.remove_prefix(std::min(line.size() + 1, block.size()));
            constexpr std::string_view event = "event: ";
            constexpr std::string_view content = "data: ";
            if (line.starts_with(event)) {
                name = line.substr(event.size());
            } else if (line.starts_with(content)) {
                data += (data.empty() ? "" : "\n");
                data += line.substr(content.size());
            }
        }
        if (!data.empty()) {
            onEvent(name, data);
        }
    }
    waiting_.erase(0, waiting_.size() - left.size());
}

Outcome<EventReader> EventReader::open(Transport& transport, std::string_view path) {
    auto fd = transport.connect();
    if (!fd) {
        return std::unexpected(fd.error());
    }
    const auto sent = sendAll(
        *fd, fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n", path));
    auto head = sent ? readHead(*fd) : std::unexpected(sent.error());
    if (!head) {
        return std::unexpected(head.error());
    }
    if (head->status >= kFirstFailure) {
        ::shutdown(fd->get(), SHUT_WR);
        return std::unexpected(refusalOf({head->status, head->rest}));
    }
    return EventReader(*std::move(fd), std::move(head->rest));
}

Outcome<bool> EventReader::read(const EventParser::Handler& onEvent) {
    if (!rest_.empty()) {
        parser_.feed(std::exchange(rest_, {}), onEvent);
        return true;
    }
    const auto more = readSome(fd_);
    if (!more) {
        return std::unexpected(more.error());
    }
    parser_.feed(*more, onEvent);
    return !more->empty();
}

} // namespace compositord::cli
