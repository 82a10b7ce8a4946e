#include "web/codegen_desk.hpp"

#include "web/v1_codegen.hpp"

#include <fmt/format.h>

#include <utility>

namespace compositord {

namespace {

std::unexpected<Refusal> refused(RefusalCode code, std::string_view member, std::string words) {
    return std::unexpected(Refusal{code, member, std::move(words)});
}

} // namespace

/// Does what one client asks; nothing is returned if the answer comes later.
struct CodegenDesk::Act {
    using Result = std::optional<std::expected<SharedFrame, Refusal>>;

    CodegenDesk& desk;
    Client& client;
    const CodegenMessage& message;

    CodegenService& codegen() const { return *desk.codegen_; }

    const V1Codegen& words() const { return *client.dialect().codegen(); }

    template <class T, class Ask, class Say> Result later(Ask ask, Say say) const {
        auto answered = [self = std::weak_ptr(desk.self_), number = client.number(), words = &words(),
                         request = message, say](std::expected<T, Refusal> known) {
            const auto held = self.lock();
            if (!held) {
                return;
            }
            const auto result = known ? std::expected<SharedFrame, Refusal>(say(*words, request.id, *known))
                                      : std::unexpected(known.error());
            (*held)->answer_(number, request, result);
        };
        ask(CodegenService::Answer<T>(std::move(answered)));
        return std::nullopt;
    }

    template <void (CodegenService::*Decide)(const CodegenTaskId&, CodegenService::Answer<CodegenTask>)>
    Result decide(const CodegenTaskId& task) const {
        return later<CodegenTask>([&](auto answer) { (codegen().*Decide)(task, std::move(answer)); },
                                  [](const V1Codegen& words, const RequestId& id, const CodegenTask& now) {
                                      return words.answer(id, now);
                                  });
    }

    Result operator()(const ListCodegen& /*action*/) const { return words().list(message.id, codegen()); }

    Result operator()(const FollowCodegen& /*action*/) const {
        desk.clients_[&client] = {.follows = true};
        return words().list(message.id, codegen());
    }

    Result operator()(const UnfollowCodegen& /*action*/) const {
        desk.clients_[&client] = {};
        const bool named = !std::holds_alternative<std::monostate>(message.id);
        return named ? client.dialect().ack(message.id) : nullptr;
    }

    Result operator()(const ShowCodegen& action) const {
        return later<CodegenDetails>([&](auto answer) { codegen().details(action.task, std::move(answer)); },
                                     [](const V1Codegen& words, const RequestId& id,
                                        const CodegenDetails& known) { return words.details(id, known); });
    }

    Result operator()(const RunCodegen& action) const {
        const auto session =
            codegen().run(action.task, fmt::format("client {}", std::to_underlying(client.number())));
        if (!session) {
            return std::unexpected(session.error());
        }
        const CodegenTask* task = codegen().find(action.task);
        if (task == nullptr) {
            return refused(RefusalCode::notFound, "task", "there is no such task any more");
        }
        return words().answer(message.id, *task);
    }

    Result operator()(const ApplyCodegen& action) const {
        return decide<&CodegenService::apply>(action.task);
    }

    Result operator()(const DiscardCodegen& action) const {
        return decide<&CodegenService::discard>(action.task);
    }

    Result operator()(const RevertCodegen& action) const {
        return decide<&CodegenService::revert>(action.task);
    }

    Result operator()(const ReportCodegen& /*action*/) const {
        return words().report(message.id, codegen().report());
    }
};

void CodegenDesk::offer(CodegenService& codegen) {
    codegen_ = &codegen;
    subscription_ = codegen.subscribe({.onTask = [this](const CodegenTask& task) { onTask(task.id); },
                                       .onGone = [this](const CodegenTaskId& id) { onTask(id); },
                                       .onReload = [this](const CodegenReload& reload) { onReload(reload); },
                                       .onStatus = [this] { onStatus(); }});
}

void CodegenDesk::greet(Client& client) {
    if (client.dialect().codegen() != nullptr) {
        clients_.try_emplace(&client);
    }
}

void CodegenDesk::handle(Client& client, const CodegenMessage& message) {
    if (codegen_ == nullptr || client.dialect().codegen() == nullptr) {
        answer_(client.number(), message, refused(RefusalCode::unsupported, "", "no code is generated here"));
        return;
    }
    if (const auto now = std::visit(Act{*this, client, message}, message.action)) {
        answer_(client.number(), message, *now);
    }
}

void CodegenDesk::onTask(const CodegenTaskId& id) {
    for (auto& [client, following] : clients_) {
        if (following.follows) {
            following.due.insert(id);
            client->requestWritable();
        }
    }
}

void CodegenDesk::onStatus() {
    for (auto& [client, following] : clients_) {
        if (following.follows) {
            following.statusDue = true;
            client->requestWritable();
        }
    }
}

void CodegenDesk::onReload(const CodegenReload& reload) {
    for (auto& [client, following] : clients_) {
        if (client->grants().has(Grant::view)) {
            client->reply(client->dialect().codegen()->reload(reload));
        }
    }
}

void CodegenDesk::onReady(Client& client) {
    const auto found = clients_.find(&client);
    if (found == clients_.end()) {
        return;
    }
    Following& following = found->second;
    if (following.due.empty() && !following.statusDue) {
        return;
    }
    if (!client.ready()) {
        client.requestWritable();
        return;
    }
    CodegenNews news{.tasks = {}, .removed = {}, .status = std::exchange(following.statusDue, false)};
    for (const CodegenTaskId& id : std::exchange(following.due, {})) {
        if (const CodegenTask* task = codegen_->find(id)) {
            news.tasks.push_back(task);
        } else {
            news.removed.push_back(id);
        }
    }
    client.reply(client.dialect().codegen()->update(news, *codegen_));
}

} // namespace compositord
