// Clients and sessions: does what clients ask, and tells those who follow a session what happens in it.
// As with the world there is no queue: of each session that a client follows it is known how far the client
// was told, and one whose socket takes no more is told the rest from the session's history when it does. What
// is no longer kept then is missed, and the client is told how much.
#pragma once

#include "web/client.hpp"
#include "web/session_message.hpp"
#include "world/session_service.hpp"

#include <chrono>
#include <expected>
#include <map>
#include <set>
#include <unordered_map>

namespace compositord {

class SessionDesk {
public:
    /// The service outlives this. Null: there are no sessions.
    explicit SessionDesk(SessionService* sessions);

    SessionDesk(const SessionDesk&) = delete;
    SessionDesk& operator=(const SessionDesk&) = delete;
    ~SessionDesk() = default;

    /// The client was let in. Nothing for one that may not see sessions.
    void greet(Client& client);

    /// Does it and answers; or says why not, and it is the caller's to answer.
    std::expected<void, Refusal> handle(Client& client, const SessionMessage& message);

    std::expected<void, Refusal> follow(Client& client, const FollowSession& wanted);

    /// The client's socket takes data.
    void onReady(Client& client);

    void forget(Client& client) { clients_.erase(&client); }

    /// Null if there are none.
    SessionService* sessions() const { return sessions_; }

    std::chrono::seconds uptime() const {
        return std::chrono::floor<std::chrono::seconds>(Client::Clock::now() - started_);
    }

private:
    struct Following {
        bool all = false;
        std::map<SessionId, std::uint64_t> told; // up to which event
        std::set<SessionId> statusDue;
    };

    std::expected<void, Refusal> act(Client& client, const RequestId& id, const SpawnSession& action);
    std::expected<void, Refusal> act(Client& client, const RequestId& id, const RunTask& action);
    std::expected<void, Refusal> act(Client& client, const RequestId& id, const CancelSession& action);
    std::expected<void, Refusal> act(Client& client, const RequestId& id, const ChooseSession& action);
    std::expected<void, Refusal> act(Client& client, const RequestId& id, const ForgetSession& action);
    std::expected<void, Refusal> act(Client& client, const RequestId& id, const ListSessions& action);
    std::expected<void, Refusal> act(Client& client, const RequestId& id, const ShowSession& action);
    std::expected<void, Refusal> act(Client& client, const RequestId& id, const FollowSession& action);
    std::expected<void, Refusal> act(Client& client, const RequestId& id, const UnfollowSession& action);
    std::expected<void, Refusal> act(Client& client, const RequestId& id, const ShowTotals& action);

    void onEvent(const Session& session, const SessionEvent& event);
    void onForgotten(const SessionId& id);
    void tell(Client& client, Following& following);
    bool tellSession(Client& client, const Session& session, std::uint64_t& told);

    SessionService* sessions_;
    Client::Clock::time_point started_ = Client::Clock::now();
    std::unordered_map<Client*, Following> clients_;
    SessionService::Subscription subscription_;
};

} // namespace compositord
