// Talks to servers with the HTTP interface of OpenAI (LM Studio, Ollama, OpenAI itself and others): an answer
// is streamed, a server that cannot be reached or is busy is tried again or replaced by the next one, and
// what goes wrong is told so that a person, or the one who asked, can do something about it.
#pragma once

#include "base/afterwards.hpp"
#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "codegen/chat_request.hpp"
#include "codegen/chat_stream.hpp"
#include "codegen/http_client.hpp"
#include "codegen/keyring.hpp"
#include "codegen/model_endpoint.hpp"

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace compositord {

/// Whom to ask, and how patiently.
struct ModelSettings {
    std::vector<ModelEndpoint> endpoints;         // at least one; in the order they are tried
    std::chrono::milliseconds connect{10000};     // to be connected
    std::chrono::milliseconds firstToken{600000}; // a server may have to load the model first
    std::chrono::milliseconds idle{120000};       // between two parts of an answer
    std::chrono::milliseconds backOff{1000};      // before the second try; then twice that, and so on
    unsigned tries = 3;                           // of all endpoints
};

class ModelChat;

class ModelClient {
public:
    struct Listener {
        /// Must not destroy the chat; it may cancel it.
        std::move_only_function<void(ChatPiece)> onPiece;
        /// Something that a person who watches wants to know.
        std::move_only_function<void(std::string)> onNote;
        /// Once, and nothing after it. May destroy the chat.
        std::move_only_function<void(std::expected<ChatReply, ChatProblem>)> onEnd;
    };

    /// The loop outlives this.
    static Result<std::unique_ptr<ModelClient>> create(EventLoop& loop, const Log& log, Keyring keyring);

    ModelClient(const ModelClient&) = delete;
    ModelClient& operator=(const ModelClient&) = delete;

    /// No chat may be left.
    ~ModelClient() = default;

    /// The listener is never called before this has returned. Destroying the chat closes its connection.
    Result<std::unique_ptr<ModelChat>> chat(ModelSettings settings, ChatRequest request, Listener listener);

private:
    friend class ModelChat;

    ModelClient(EventLoop& loop, const Log& log, Keyring keyring)
        : loop_(loop), log_(log.withCategory(LogCategory::model)), keyring_(std::move(keyring)) {}

    EventLoop& loop_;
    Log log_;
    Keyring keyring_;
    std::unique_ptr<Afterwards> afterwards_;
    std::unique_ptr<HttpClient> http_;
};

/// One question, until it is answered.
class ModelChat {
public:
    ModelChat(const ModelChat&) = delete;
    ModelChat& operator=(const ModelChat&) = delete;
    ~ModelChat() = default;

    /// Ends it soon, with a problem of that kind. The server stops too, since its connection is closed.
    void cancel();

private:
    friend class ModelClient;

    ModelChat(ModelClient& client, ModelSettings settings, ChatRequest request,
              ModelClient::Listener listener)
        : client_(client), settings_(std::move(settings)), request_(std::move(request)),
          listener_(std::move(listener)) {}

    Result<> prepare();
    void begin();
    void askKeyring();
    void onKey(Result<std::string> key);
    void onHead(const HttpHead& head);
    void onBody(std::string_view bytes);
    void onAnswerEnd(const std::string& error);
    void onTimeout();
    void onProblem(ChatProblem problem);
    void listModels(ChatProblem problem);
    void onListed();
    void tryAgain(const ChatProblem& problem);
    void finish(std::expected<ChatReply, ChatProblem> outcome);
    ChatProblem problemOfStatus() const;

    const ModelEndpoint& endpoint() const { return settings_.endpoints[at_]; }

    ModelClient& client_;
    ModelSettings settings_;
    ChatRequest request_;
    ModelClient::Listener listener_;
    std::size_t at_ = 0;                 // of the endpoints
    unsigned tries_ = 0;                 // that are over
    bool again_ = false;                 // a later try may help with an endpoint of this one
    std::chrono::seconds retryAfter_{0}; // the shortest that a server of this try asked for
    std::vector<std::string> problems_;  // of the endpoints in this try
    ChatProblem::Kind kind_ = ChatProblem::Kind::unreachable; // of the first of them
    // Of the attempt that is on its way.
    ChatStream stream_;
    HttpHead head_;
    std::string errorBody_;
    bool connected_ = false;
    bool told_ = false; // some of an answer: there is no way back
    bool over_ = false;
    std::size_t readAtOnce_ = 0;
    std::optional<ChatProblem> lacking_; // set: the server is asked which models it has instead
    std::optional<std::expected<ChatReply, ChatProblem>> outcome_;
    EventSource timer_;
    EventSource pause_;
    Afterwards::Owner self_;
    std::unique_ptr<KeyQuery> query_;        // set: the keyring is asked first
    std::unique_ptr<HttpExchange> exchange_; // first to go: it uses the rest
};

/// Whether a server that was asked for a model and says that this one answers means the same.
bool isSameModel(std::string_view asked, std::string_view answered);

} // namespace compositord
