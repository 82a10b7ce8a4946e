// Clients and code generation: does what clients ask, and tells those who follow it what changes.
// There is no queue: of each client it is known which tasks it has yet to be told of, and it is told how they
// stand when its socket takes that, all in one message.
#pragma once

#include "web/client.hpp"
#include "web/codegen_message.hpp"

#include <expected>
#include <functional>
#include <memory>
#include <set>
#include <unordered_map>

namespace compositord {

class CodegenDesk {
public:
    /// What became of a request, now or later: what is to be said, or why not. Nothing if the client is gone.
    using Answer = std::function<void(ClientNumber client, const CodegenMessage& message,
                                      const std::expected<SharedFrame, Refusal>& result)>;

    explicit CodegenDesk(Answer answer) : answer_(std::move(answer)) {}

    CodegenDesk(const CodegenDesk&) = delete;
    CodegenDesk& operator=(const CodegenDesk&) = delete;
    ~CodegenDesk() = default;

    /// From now on it is there; it outlives this.
    void offer(CodegenService& codegen);

    /// The client was let in.
    void greet(Client& client);

    void handle(Client& client, const CodegenMessage& message);

    /// The client's socket takes data.
    void onReady(Client& client);

    void forget(Client& client) { clients_.erase(&client); }

private:
    struct Following {
        bool follows = false;
        std::set<CodegenTaskId> due;
        bool statusDue = false;
    };

    struct Act;

    void onTask(const CodegenTaskId& id);
    void onStatus();
    void onReload(const CodegenReload& reload);

    Answer answer_;
    CodegenService* codegen_ = nullptr; // null: there is none
    std::unordered_map<Client*, Following> clients_;
    std::shared_ptr<CodegenDesk*> self_ = std::make_shared<CodegenDesk*>(this); // for answers that come later
    CodegenService::Subscription subscription_;
};

} // namespace compositord
