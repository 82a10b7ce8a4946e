// HTTP to compositord over a transport: requests that are answered, and streams of server-sent events.
#pragma once

#include "cli/transport.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace compositord::cli {

struct HttpReply {
    unsigned status = 0;
    std::string body;
};

/// What is behind the head of an answer, as it was read with it.
struct HttpHead {
    unsigned status = 0;
    std::string rest;
};

/// The head of an answer; nothing as long as it is not whole; status 0 if it is none.
std::optional<HttpHead> parseHead(std::string_view bytes);

/// Sends all of it.
Outcome<> sendAll(const UniqueFd& fd, std::string_view bytes);

/// Waits for an answer's head.
Outcome<HttpHead> readHead(const UniqueFd& fd);

/// One request on a connection of its own. Whatever the status is, it is an answer.
Outcome<HttpReply> fetch(Transport& transport, std::string_view method, std::string_view path,
                         std::string_view body = {});

/// The same; what is refused is a problem, in the words of the answer.
Outcome<std::string> get(Transport& transport, std::string_view path);
Outcome<std::string> post(Transport& transport, std::string_view path, std::string_view body);

/// What an answer that refuses says.
Problem refusalOf(const HttpReply& reply);

/// Cuts a stream of server-sent events into events.
class EventParser {
public:
    using Handler = std::function<void(std::string_view name, std::string_view data)>;

    void feed(std::string_view bytes, const Handler& onEvent);

private:
    std::string waiting_;
};

/// Server-sent events.
class EventReader {
public:
    static Outcome<EventReader> open(Transport& transport, std::string_view path);

    /// To wait on.
    int fd() const { return fd_.get(); }

    /// Reads what there is, after fd() is readable. False: the stream has ended.
    Outcome<bool> read(const EventParser::Handler& onEvent);

private:
    explicit EventReader(UniqueFd fd, std::string rest) : fd_(std::move(fd)), rest_(std::move(rest)) {}

    UniqueFd fd_;
    std::string rest_;
    EventParser parser_;

public:
    /// Whether read() has something to do before anything more comes.
    bool hasRest() const { return !rest_.empty(); }
};

} // namespace compositord::cli
