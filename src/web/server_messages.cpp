// What clients say to the server, and what it does about it.

#include "web/server.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace compositord {

namespace {

Problem problemOf(const Refusal& refusal) {
    static constexpr std::array<std::string_view, 7> codes{
        "invalid_member", "not_found", "unsupported", "disconnected", "busy", "forbidden", "unsaved"};
    return {codes[std::to_underlying(refusal.code)], std::string(refusal.member), refusal.message};
}

Problem lacking(Grant grant) {
    return {"forbidden", "",
            fmt::format("this needs the grant {}, which compositord was not started with (--allow-{})",
                        nameOf(grant), nameOf(grant))};
}

void acknowledge(Client& client, const RequestId& id) {
    if (!std::holds_alternative<std::monostate>(id)) {
        client.reply(client.dialect().ack(id));
    }
}

int closeWith(lws* connection, lws_close_status status, std::string_view reason) {
    std::string text(reason);
    lws_close_reason(connection, status, reinterpret_cast<unsigned char*>(text.data()), text.size());
    return -1;
}

} // namespace

int Server::receive(lws* connection, Client& client, std::string_view bytes) {
    if ((lws_frame_is_binary(connection) != 0) != client.dialect().binary()) {
        client.end("wrong_kind");
        return closeWith(connection, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE,
                         client.dialect().binary() ? "this subprotocol is binary"
                                                   : "this subprotocol is text");
    }
    const bool last = lws_is_final_fragment(connection) != 0 && lws_remaining_packet_payload(connection) == 0;
    switch (client.receive(bytes, last)) {
    case Client::Receipt::partial:
        break;
    case Client::Receipt::tooLong:
        client.end("too_long");
        return closeWith(connection, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "a message has at most 64 KiB");
    case Client::Receipt::complete:
        handle(client);
        client.clearMessage();
        break;
    }
    return 0;
}

void Server::handle(Client& client) {
    auto message = client.dialect().decode(client.message());
    traffic_->received(client, client.message(), message ? nameOf(*message) : "");
    if (!message) {
        ++metrics_.requests[{"unreadable", message.error().problem.code}];
        client.reply(client.dialect().error(message.error().id, message.error().problem));
        return;
    }
    if (const auto needed = grantFor(*message); needed && !client.grants().has(*needed)) {
        const Problem problem = lacking(*needed);
        if (!refused_.has(*needed)) {
            refused_ = refused_ | Grants{*needed};
            log_.warn("refused a client's {}: {}", nameOf(*message), problem.message);
        }
        ++metrics_.requests[{nameOf(*message), problem.code}];
        client.reply(client.dialect().error(idOf(*message), problem));
        return;
    }
    if (!std::holds_alternative<Request>(*message)) {
        ++metrics_.requests[{nameOf(*message), "ok"}];
    }
    std::visit([&](auto& content) { onMessage(client, content); }, *message);
}

void Server::onMessage(Client& client, Request& request) {
    request.tag.client = client.number();
    const auto result = onRequest_(request);
    if (!result || *result == Outcome::done) {
        answer(request, result);
    }
}

void Server::answer(const Request& request, const CommandResult& result) {
    const auto found = numbers_.find(request.tag.client);
    if (found == numbers_.end()) {
        return;
    }
    Client& client = *found->second;
    if (!result) {
        const Problem problem = problemOf(result.error());
        ++metrics_.requests[{nameOf(request), problem.code}];
        client.reply(client.dialect().error(request.tag.id, problem));
    } else {
        ++metrics_.requests[{nameOf(request), "ok"}];
        acknowledge(client, request.tag.id);
    }
}

void Server::onMessage(Client& client, const Ping& ping) {
    client.reply(client.dialect().pong(ping.id));
}

void Server::onMessage(Client& client, const Subscribe& subscribe) {
    acknowledge(client, subscribe.id);
    client.subscribe(share(subscribe.view), subscribe.interval);
    traffic_->changed(client);
    catchUp(client, Client::Clock::now());
}

void Server::onMessage(Client& client, const Resume& resume) {
    acknowledge(client, resume.id);
    // What another run of the server called by this number is something else.
    client.setRevision(resume.instance == settings_.instance ? resume.revision : 0);
    catchUp(client, Client::Clock::now());
}

void Server::onMessage(Client& /*client*/, const Heartbeat& /*heartbeat*/) {
    // libwebsockets counts anything that comes as a sign of life.
}

} // namespace compositord
