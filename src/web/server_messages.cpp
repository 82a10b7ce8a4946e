// What clients say to the server, and what it does about it.

#include "web/server.hpp"

#include <fmt/format.h>

#include <array>
#include <type_traits>
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
            fmt::format("this needs the grant {0}, which this client was not given (by --grant, or with its "
                        "token)",
                        nameOf(grant))};
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
        // libwebsockets on libuv decompresses the next piece when the connection wakes up, and only then.
        client.requestWritable();
        break;
    case Client::Receipt::tooLong:
        client.end("too_long");
        return closeWith(connection, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "a message has at most 64 KiB");
    case Client::Receipt::complete:
        handle(client, *recordOf(connection));
        client.clearMessage();
        break;
    }
    return 0;
}

bool Server::paced(Client& client) {
    switch (client.pace().next(Client::Clock::now())) {
    case Pace::Verdict::fine:
        return true;
    case Pace::Verdict::tooFast:
        refusals_.note("rate", "messages that come too fast");
        client.reply(
            client.dialect().error({}, {"rate_limited", "", "messages come too fast and are dropped"}));
        break;
    case Pace::Verdict::stillTooFast:
        ++metrics_.refused[{"rate", ""}];
        break;
    case Pace::Verdict::hopeless:
        client.close("rate", "messages come too fast");
        break;
    }
    return false;
}

void Server::handle(Client& client, Connection& connection) {
    if (client.closing() || !paced(client)) {
        return;
    }
    auto message = client.dialect().decode(client.message());
    traffic_->received(client, client.message(), message ? nameOf(*message) : "");
    if (const auto* auth = message ? std::get_if<Auth>(&*message) : nullptr) {
        onMessage(client, connection, *auth);
        return;
    }
    if (client.tokenDeadline()) {
        ++metrics_.requests[{"any", "unauthorized"}];
        client.reply(
            client.dialect().error(message ? idOf(*message) : message.error().id,
                                   {"unauthorized", "", "a token is needed first: send it in Auth"}));
        return;
    }
    if (!message) {
        ++metrics_.requests[{"unreadable", message.error().problem.code}];
        client.reply(client.dialect().error(message.error().id, message.error().problem));
        return;
    }
    if (const auto needed = grantFor(*message); needed && !client.grants().has(*needed)) {
        ++metrics_.requests[{nameOf(*message), "forbidden"}];
        const Problem problem = lacking(*needed);
        refusals_.note(nameOf(*needed), fmt::format("{}: {}", nameOf(*message), problem.message));
        client.reply(client.dialect().error(idOf(*message), problem));
        return;
    }
    if (!std::holds_alternative<Request>(*message) && !std::holds_alternative<SessionMessage>(*message) &&
        !std::holds_alternative<CodegenMessage>(*message)) {
        ++metrics_.requests[{nameOf(*message), "ok"}];
    }
    std::visit(
        [&](auto& content) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(content)>, Auth>) {
                onMessage(client, content);
            }
        },
        *message);
}

void Server::onMessage(Client& client, Connection& connection, const Auth& auth) {
    switch (gate_.authenticate(connection, auth.token, Client::Clock::now())) {
    case Gate::Verdict::right:
        ++metrics_.requests[{"Auth", "ok"}];
        acknowledge(client, auth.id);
        if (client.tokenDeadline() || client.grants() != connection.identity.grants) {
            client.setGrants(connection.identity.grants);
            greet(client);
        }
        return;
    case Gate::Verdict::wrong:
        ++metrics_.requests[{"Auth", "unauthorized"}];
        client.reply(
            client.dialect().error(auth.id, {"unauthorized", "token", "this token is not known here"}));
        client.close("wrong_token", "this token is not known here");
        return;
    case Gate::Verdict::tooMany:
        ++metrics_.requests[{"Auth", "rate_limited"}];
        client.reply(client.dialect().error(
            auth.id, {"rate_limited", "token", "too many wrong tokens came from there; wait a minute"}));
        client.close("wrong_token", "too many wrong tokens came from there");
        return;
    }
}

void Server::setTokens(Tokens tokens) {
    settings_.access.setTokens(std::move(tokens));
    for (const auto& [connection, client] : clients_) {
        const Connection& record = *recordOf(connection);
        const Identity& identity = record.identity;
        if (client->tokenDeadline() || client->closing()) {
            continue;
        }
        const Identity now = identity.token.empty()
                                 ? settings_.access.withoutToken(record.peer, record.door)
                                 : settings_.access.withToken(identity.token).value_or(Identity{});
        if (!now.known || now.grants != client->grants()) {
            client->close("withdrawn", "the token, or what it grants, was withdrawn");
        }
    }
}

void Server::onMessage(Client& client, Request& request) {
    request.tag.client = client.number();
    const auto result = client.stage().onRequest(request);
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
    tellNow(); // what came of it comes before the answer
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
    View view = subscribe.view;
    if (!view.compositors) {
        view.compositors = client.compositors();
    }
    client.subscribe(share(view), subscribe.interval);
    traffic_->changed(client);
    catchUp(client, Client::Clock::now());
}

void Server::onMessage(Client& client, const Resume& resume) {
    acknowledge(client, resume.id);
    // What another run of the server called by this number is something else.
    client.setRevision(resume.instance == client.stage().instance ? resume.revision : 0);
    catchUp(client, Client::Clock::now());
}

void Server::onMessage(Client& client, const HealthCheck& /*check*/) {
    client.reply(client.dialect().hello(client.stage().world, {client.stage().instance, client.grants()}));
}

void Server::onMessage(Client& client, const SessionMessage& message) {
    const auto done = sessions_.handle(client, message);
    const Problem problem = done ? Problem{.code = "ok"} : problemOf(done.error());
    ++metrics_.requests[{nameOf(message), problem.code}];
    if (!done) {
        client.reply(client.dialect().error(message.id, problem));
    }
}

void Server::onMessage(Client& client, const CodegenMessage& message) {
    codegen_.handle(client, message);
}

void Server::answer(ClientNumber number, const CodegenMessage& message,
                    const std::expected<SharedFrame, Refusal>& result) {
    const Problem problem = result ? Problem{.code = "ok"} : problemOf(result.error());
    ++metrics_.requests[{nameOf(Message(message)), problem.code}];
    if (const auto found = numbers_.find(number); found != numbers_.end()) {
        Client& client = *found->second;
        client.reply(result ? *result : client.dialect().error(message.id, problem));
    }
}

void Server::onMessage(Client& /*client*/, const Heartbeat& /*heartbeat*/) {
    // libwebsockets counts anything that comes as a sign of life.
}

} // namespace compositord
