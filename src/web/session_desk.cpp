#include "web/session_desk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace compositord {

namespace {

void acknowledge(Client& client, const RequestId& id) {
    if (!std::holds_alternative<std::monostate>(id)) {
        client.reply(client.dialect().ack(id));
    }
}

std::unexpected<Refusal> unknown() {
    return std::unexpected(Refusal{RefusalCode::notFound, "session", "there is no such session"});
}

bool beginsOrEnds(const SessionHappening& happening) {
    return std::holds_alternative<TaskQueued>(happening) || std::holds_alternative<TaskStarted>(happening) ||
           std::holds_alternative<TaskEnded>(happening);
}

} // namespace

SessionDesk::SessionDesk(SessionService* sessions) : sessions_(sessions) {
    if (sessions_ != nullptr) {
        subscription_ =
            sessions_->subscribe({.onEvent = [this](const Session& session,
                                                    const SessionEvent& event) { onEvent(session, event); },
                                  .onForgotten = [this](const SessionId& id) { onForgotten(id); }});
    }
}

void SessionDesk::greet(Client& client) {
    const SessionDialect* words = client.dialect().sessions();
    if (words != nullptr && words->tellsStatusUnasked() && client.grants().has(Grant::sessions)) {
        clients_.try_emplace(&client);
    }
}

std::expected<void, Refusal> SessionDesk::handle(Client& client, const SessionMessage& message) {
    if (sessions_ == nullptr || client.dialect().sessions() == nullptr) {
        return std::unexpected(Refusal{RefusalCode::unsupported, "", "there are no sessions here"});
    }
    return std::visit([&](const auto& action) { return act(client, message.id, action); }, message.action);
}

std::expected<void, Refusal> SessionDesk::act(Client& client, const RequestId& id,
                                              const SpawnSession& action) {
    SpawnSession wanted = action;
    if (wanted.owner.empty()) {
        wanted.owner = fmt::format("client {}", std::to_underlying(client.number()));
    }
    const auto spawned = sessions_->spawn(std::move(wanted));
    if (!spawned) {
        return std::unexpected(spawned.error());
    }
    client.reply(client.dialect().sessions()->spawned(id, *sessions_->find(*spawned)));
    return follow(client, {.session = *spawned, .since = 0});
}

std::expected<void, Refusal> SessionDesk::act(Client& client, const RequestId& id, const RunTask& action) {
    const Session* session = sessions_->find(action.session);
    if (session == nullptr) {
        return unknown();
    }
    const bool same = (!action.task.id.empty() && action.task.id == session->task.id) ||
                      action.task.description == session->task.description;
    std::uint64_t since = 0;
    if (hasEnded(session->state)) {
        since = session->sequence; // what it did for earlier tasks is told already, or nobody asked
        if (auto added = sessions_->addTask(action.session, action.task); !added) {
            return added;
        }
    } else if (!same) {
        return std::unexpected(
            Refusal{RefusalCode::busy, "session", "the session has a task that has not ended yet"});
    }
    acknowledge(client, id);
    return follow(client, {.session = action.session, .since = since});
}

std::expected<void, Refusal> SessionDesk::act(Client& client, const RequestId& id,
                                              const CancelSession& action) {
    auto done = sessions_->cancel(action.session);
    if (done) {
        acknowledge(client, id);
    }
    return done;
}

std::expected<void, Refusal> SessionDesk::act(Client& client, const RequestId& id,
                                              const ChooseSession& action) {
    auto done = sessions_->choose(action.session, action.choice);
    if (done) {
        acknowledge(client, id);
    }
    return done;
}

std::expected<void, Refusal> SessionDesk::act(Client& client, const RequestId& id,
                                              const ForgetSession& action) {
    auto done = sessions_->forget(action.session);
    if (done) {
        acknowledge(client, id);
    }
    return done;
}

std::expected<void, Refusal> SessionDesk::act(Client& client, const RequestId& id,
                                              const ListSessions& /*action*/) {
    client.reply(client.dialect().sessions()->list(id, sessions_->list(), sessions_->types()));
    return {};
}

std::expected<void, Refusal> SessionDesk::act(Client& client, const RequestId& /*id*/,
                                              const ShowSession& action) {
    const Session* session = sessions_->find(action.session);
    if (session == nullptr) {
        return unknown();
    }
    client.reply(client.dialect().sessions()->status(*session));
    return {};
}

std::expected<void, Refusal> SessionDesk::act(Client& client, const RequestId& id,
                                              const FollowSession& action) {
    if (!action.session.empty() && sessions_->find(action.session) == nullptr) {
        return unknown();
    }
    acknowledge(client, id);
    return follow(client, action);
}

std::expected<void, Refusal> SessionDesk::act(Client& client, const RequestId& id,
                                              const UnfollowSession& action) {
    if (const auto found = clients_.find(&client); found != clients_.end()) {
        if (!action.session.empty()) {
            found->second.told.erase(action.session);
        } else {
            found->second.all = false;
            found->second.told.clear();
        }
    }
    acknowledge(client, id);
    return {};
}

std::expected<void, Refusal> SessionDesk::act(Client& client, const RequestId& /*id*/,
                                              const ShowTotals& /*action*/) {
    client.reply(client.dialect().sessions()->totals(sessions_->totals(), uptime()));
    return {};
}

std::expected<void, Refusal> SessionDesk::follow(Client& client, const FollowSession& wanted) {
    Following& following = clients_[&client];
    if (wanted.session.empty()) {
        following.all = true;
        for (const Session* session : sessions_->list()) {
            following.told.try_emplace(session->id, session->sequence);
        }
        return {};
    }
    const Session* session = sessions_->find(wanted.session);
    if (session == nullptr) {
        return unknown();
    }
    // Who follows it already goes on where it is: each event is told once.
    following.told.try_emplace(session->id, std::min(wanted.since, session->sequence));
    tell(client, following);
    return {};
}

void SessionDesk::onEvent(const Session& session, const SessionEvent& event) {
    std::map<const SessionDialect*, SharedFrame> frames; // made once for all who speak the same
    for (auto& [client, following] : clients_) {
        auto told = following.told.find(session.id);
        if (told == following.told.end() && following.all) {
            told = following.told.emplace(session.id, event.sequence - 1).first;
        }
        const SessionDialect* words = client->dialect().sessions();
        if (told == following.told.end()) {
            if (words->tellsStatusUnasked() && beginsOrEnds(event.happening)) {
                following.statusDue.insert(session.id);
                tell(*client, following);
            }
            continue;
        }
        if (told->second + 1 != event.sequence || !client->ready()) {
            tell(*client, following);
            continue;
        }
        auto [frame, isNew] = frames.try_emplace(words);
        if (isNew) {
            frame->second = words->event(session, event, 0);
        }
        told->second = event.sequence;
        client->reply(frame->second);
    }
}

void SessionDesk::onForgotten(const SessionId& id) {
    for (auto& [client, following] : clients_) {
        following.statusDue.erase(id);
        if (following.told.erase(id) > 0) {
            client->reply(client->dialect().sessions()->forgotten(id));
        }
    }
}

void SessionDesk::onReady(Client& client) {
    if (const auto found = clients_.find(&client); found != clients_.end()) {
        tell(client, found->second);
    }
}

/// All that is due, as far as the socket takes it.
void SessionDesk::tell(Client& client, Following& following) {
    for (auto& [id, told] : following.told) {
        const Session* session = sessions_->find(id);
        if (session != nullptr && told < session->sequence && !tellSession(client, *session, told)) {
            client.requestWritable();
            return;
        }
    }
    while (!following.statusDue.empty()) {
        if (!client.ready()) {
            client.requestWritable();
            return;
        }
        const auto due = following.statusDue.extract(following.statusDue.begin());
        if (const Session* session = sessions_->find(due.value())) {
            client.reply(client.dialect().sessions()->status(*session));
        }
    }
}

/// Whether it was told everything.
bool SessionDesk::tellSession(Client& client, const Session& session, std::uint64_t& told) {
    for (const SharedSessionEvent& event : sessions_->history(session.id, told).events) {
        if (!client.ready()) {
            return false;
        }
        const std::uint64_t missed = event->sequence - told - 1;
        told = event->sequence;
        client.reply(client.dialect().sessions()->event(session, *event, missed));
    }
    return true;
}

} // namespace compositord
