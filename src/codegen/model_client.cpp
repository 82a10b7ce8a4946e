#include "codegen/model_client.hpp"

#include "codegen/model_list.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

namespace compositord {

namespace {

constexpr unsigned kOk = 200;
constexpr unsigned kUnauthorized = 401;
constexpr unsigned kForbidden = 403;
constexpr unsigned kRequestTimeout = 408;
constexpr unsigned kContentTooLarge = 413;
constexpr unsigned kTooManyRequests = 429;
constexpr unsigned kBadGateway = 502;
constexpr unsigned kUnavailable = 503;
constexpr unsigned kGatewayTimeout = 504;

constexpr std::size_t kLongestErrorBody = 65536;

// A server that floods waits for its socket to be read, and takes only a bounded share of the loop.
constexpr std::size_t kMostAtOnce = 65536;
constexpr std::chrono::milliseconds kPause{10};

// A person may have to find the password of the keyring.
constexpr std::chrono::seconds kKeyringPatience{120};

// Who is told to come back later than this would rather be told so.
constexpr std::chrono::seconds kLongestWait{300};

std::string lowered(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

/// "lmstudio-community/Qwen2.5-GGUF/qwen2.5.gguf" → "qwen2.5.gguf"
std::string lastPart(std::string_view model) {
    return lowered(model.substr(model.rfind('/') + 1)); // all of it if there is no "/"
}

std::chrono::seconds parseRetryAfter(std::string_view text) {
    std::int64_t seconds = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    // A date, which the header may be as well, no such server sends.
    return std::chrono::seconds(problem == std::errc() && seconds > 0 ? seconds : 0);
}

/// What the person who runs the server can do.
std::string_view advice(ChatProblem::Kind kind) {
    switch (kind) {
    case ChatProblem::Kind::noModel:
        return "; load a model there (in LM Studio: Developer, Load; or `lms load MODEL`), or name one that "
               "it "
               "has";
    case ChatProblem::Kind::tooLong:
        return "; load the model with a longer context, or give it less";
    default:
        return "";
    }
}

bool helpsToTryAgain(ChatProblem::Kind kind) {
    return kind == ChatProblem::Kind::unreachable || kind == ChatProblem::Kind::busy;
}

bool helpsToTryAnother(ChatProblem::Kind kind) {
    return helpsToTryAgain(kind) || kind == ChatProblem::Kind::noModel ||
           kind == ChatProblem::Kind::wrongModel || kind == ChatProblem::Kind::silent;
}

} // namespace

bool isSameModel(std::string_view asked, std::string_view answered) {
    if (asked.empty() || answered.empty()) {
        return true;
    }
    const std::string a = lastPart(asked);
    const std::string b = lastPart(answered);
    // "gpt-4o" answers as "gpt-4o-2024-08-06", "qwen3" as "qwen3:latest", a name as "NAME@q4_k_m" or its
    // file.
    return b.starts_with(a) && (b.size() == a.size() || std::string_view("-:@.").contains(b[a.size()])) &&
           (a.size() == b.size() || b[a.size()] != '-' ||
            std::isdigit(static_cast<unsigned char>(b[std::min(a.size() + 1, b.size() - 1)])) != 0);
}

Result<std::unique_ptr<ModelClient>> ModelClient::create(EventLoop& loop, const Log& log, Keyring keyring) {
    std::unique_ptr<ModelClient> client(new ModelClient(loop, log, std::move(keyring)));
    auto afterwards = Afterwards::create(loop);
    if (!afterwards) {
        return std::unexpected(afterwards.error());
    }
    client->afterwards_ = std::move(*afterwards);
    client->http_ = HttpClient::create(loop, *client->afterwards_);
    return client;
}

Result<std::unique_ptr<ModelChat>> ModelClient::chat(ModelSettings settings, ChatRequest request,
                                                     Listener listener) {
    std::unique_ptr<ModelChat> chat(
        new ModelChat(*this, std::move(settings), std::move(request), std::move(listener)));
    if (auto prepared = chat->prepare(); !prepared) {
        return std::unexpected(prepared.error());
    }
    return chat;
}

Result<> ModelChat::prepare() {
    auto timer = client_.loop_.addTimer([this] { onTimeout(); });
    if (!timer) {
        return std::unexpected(timer.error());
    }
    timer_ = std::move(*timer);
    auto pause = client_.loop_.addTimer([this] {
        readAtOnce_ = 0;
        if (exchange_) {
            exchange_->resume();
        }
    });
    if (!pause) {
        return std::unexpected(pause.error());
    }
    pause_ = std::move(*pause);
    client_.afterwards_->call(self_, [this] { begin(); });
    return {};
}

void ModelChat::begin() {
    if (over_) {
        return;
    }
    stream_ = {};
    head_ = {};
    errorBody_.clear();
    connected_ = false;
    if (!endpoint().keyring.empty() && endpoint().key.empty()) {
        askKeyring();
        return;
    }
    HttpCall call{.host = endpoint().host,
                  .port = endpoint().port,
                  .encrypted = endpoint().encrypted,
                  .method = "POST",
                  .path = endpoint().prefix + "/chat/completions",
                  .headers = {{"content-type", "application/json"}, {"accept", "text/event-stream"}},
                  .body = encodeChatRequest(request_, endpoint().model)};
    if (!endpoint().key.empty()) {
        call.headers.emplace_back("authorization", "Bearer " + endpoint().key);
    }
    auto exchange = client_.http_->start(std::move(call),
                                         {.onConnected =
                                              [this] {
                                                  connected_ = true;
                                                  timer_.arm(settings_.firstToken);
                                              },
                                          .onHead = [this](const HttpHead& head) { onHead(head); },
                                          .onBody = [this](std::string_view bytes) { onBody(bytes); },
                                          .onEnd = [this](const std::string& error) { onAnswerEnd(error); }});
    if (!exchange) {
        onProblem({ChatProblem::Kind::unreachable, exchange.error().message()});
        return;
    }
    exchange_ = std::move(*exchange);
    timer_.arm(settings_.connect);
}

void ModelChat::askKeyring() {
    auto query = client_.keyring_.ask(*client_.afterwards_, endpoint().keyring,
                                      [this](Result<std::string> key) { onKey(std::move(key)); });
    if (!query) {
        onProblem({ChatProblem::Kind::refused, query.error().message()});
        return;
    }
    query_ = std::move(*query);
    timer_.arm(kKeyringPatience);
}

void ModelChat::onKey(Result<std::string> key) {
    query_.reset();
    timer_.disarm();
    if (over_) {
        return;
    }
    if (!key) {
        onProblem({ChatProblem::Kind::refused, key.error().message()});
        return;
    }
    settings_.endpoints[at_].key = *std::move(key);
    begin();
}

void ModelChat::onHead(const HttpHead& head) {
    head_ = head;
}

void ModelChat::onBody(std::string_view bytes) {
    if (over_ || stream_.ended()) {
        return;
    }
    readAtOnce_ += bytes.size();
    if (readAtOnce_ >= kMostAtOnce) {
        exchange_->pause();
        pause_.arm(kPause);
    }
    if (head_.status != kOk || !head_.contentType.starts_with("text/event-stream")) {
        errorBody_ += bytes.substr(0, kLongestErrorBody - std::min(kLongestErrorBody, errorBody_.size()));
        return;
    }
    auto pieces = stream_.feed(bytes);
    if (!pieces) {
        onProblem(pieces.error());
        return;
    }
    if (!isSameModel(endpoint().model, stream_.model())) {
        onProblem(
            {ChatProblem::Kind::wrongModel,
             fmt::format("it was asked for the model {} and another one answers, {}; load the one that is "
                         "wanted, or ask for the other",
                         endpoint().model, stream_.model())});
        return;
    }
    if (stream_.started()) {
        timer_.arm(settings_.idle);
        told_ = true;
    }
    for (ChatPiece& piece : *pieces) {
        if (!over_) {
            listener_.onPiece(std::move(piece));
        }
    }
    if (stream_.ended() && !over_) {
        finish(stream_.finish());
    }
}

void ModelChat::onAnswerEnd(const std::string& error) {
    if (over_) {
        return;
    }
    if (head_.status == 0) {
        onProblem({ChatProblem::Kind::unreachable,
                   connected_ ? "the server took the question and closed the connection: " + error : error});
    } else if (head_.status != kOk || !head_.contentType.starts_with("text/event-stream")) {
        onProblem(problemOfStatus());
    } else if (auto reply = stream_.finish()) {
        finish(std::move(reply));
    } else {
        onProblem(reply.error());
    }
}

ChatProblem ModelChat::problemOfStatus() const {
    using Kind = ChatProblem::Kind;
    const std::string words = serverWords(errorBody_);
    const std::string said =
        fmt::format("the server says {}{}{}", head_.status, words.empty() ? "" : ": ", words);
    switch (head_.status) {
    case kOk:
        return {Kind::malformed,
                "the server does not stream its answer; is it a server with the interface of "
                "OpenAI? It begins with: " +
                    words};
    case kUnauthorized:
    case kForbidden:
        return {Kind::refused,
                said + (endpoint().key.empty() ? "; it wants a key" : "; it does not take the key")};
    case kTooManyRequests:
        return {lowered(words).contains("quota") ? Kind::refused : Kind::busy, said};
    case kRequestTimeout:
    case kBadGateway:
    case kUnavailable:
    case kGatewayTimeout:
        return {kindOfWords(words, Kind::busy), said};
    case kContentTooLarge:
        return {Kind::tooLong, said};
    default:
        return {kindOfWords(words, Kind::refused),
                head_.status / 100 == 3 ? said + ", that is at another address, which is not followed"
                                        : said};
    }
}

void ModelChat::onTimeout() {
    if (lacking_) {
        onListed();
        return;
    }
    if (over_) {
        return;
    }
    if (query_) {
        query_.reset();
        onProblem({ChatProblem::Kind::refused,
                   fmt::format("the keyring gave no key within {}; is it locked?", kKeyringPatience)});
        return;
    }
    if (!exchange_) {
        begin(); // the time to wait is over
        return;
    }
    if (!connected_) {
        onProblem(
            {ChatProblem::Kind::unreachable, fmt::format("no connection within {}", settings_.connect)});
    } else if (!stream_.started()) {
        onProblem({ChatProblem::Kind::silent,
                   fmt::format("the model said nothing within {}; a large model may need longer to be loaded",
                               settings_.firstToken)});
    } else {
        onProblem({ChatProblem::Kind::silent,
                   fmt::format("the model stopped in the middle of its answer, for {}", settings_.idle)});
    }
}

void ModelChat::onProblem(ChatProblem problem) {
    problem.message = fmt::format("{}: {}{}", endpoint().url(), problem.message, advice(problem.kind));
    if (told_ || !helpsToTryAnother(problem.kind)) {
        finish(std::unexpected(std::move(problem)));
        return;
    }
    // The exchange may be in the middle of telling this.
    timer_.disarm();
    over_ = true;
    client_.afterwards_->call(self_, [this, why = std::move(problem)] {
        if (outcome_) {
            return; // it was cancelled in the meantime
        }
        exchange_.reset();
        if (why.kind == ChatProblem::Kind::noModel || why.kind == ChatProblem::Kind::wrongModel) {
            listModels(why);
            return;
        }
        over_ = false;
        tryAgain(why);
    });
}

/// So that a person is told what there is instead.
void ModelChat::listModels(ChatProblem problem) {
    lacking_ = std::move(problem);
    head_ = {};
    errorBody_.clear();
    HttpCall call{.host = endpoint().host,
                  .port = endpoint().port,
                  .encrypted = endpoint().encrypted,
                  .method = "GET",
                  .path = endpoint().prefix + "/models",
                  .headers = {{"accept", "application/json"}}};
    if (!endpoint().key.empty()) {
        call.headers.emplace_back("authorization", "Bearer " + endpoint().key);
    }
    const auto ended = [this] { client_.afterwards_->call(self_, [this] { onListed(); }); };
    auto exchange = client_.http_->start(
        std::move(call), {.onConnected = [] {},
                          .onHead = [this](const HttpHead& head) { onHead(head); },
                          .onBody =
                              [this](std::string_view bytes) {
                                  errorBody_ += bytes.substr(
                                      0, kLongestErrorBody - std::min(kLongestErrorBody, errorBody_.size()));
                              },
                          .onEnd = [ended](const std::string&) { ended(); }});
    if (!exchange) {
        onListed();
        return;
    }
    exchange_ = std::move(*exchange);
    timer_.arm(settings_.connect);
}

void ModelChat::onListed() {
    std::optional<ChatProblem> lacking = std::exchange(lacking_, std::nullopt);
    if (!lacking || outcome_) {
        return;
    }
    ChatProblem& problem = *lacking;
    exchange_.reset();
    timer_.disarm();
    if (const auto models = parseModelList(errorBody_); models && head_.status == kOk) {
        problem.message += modelsInWords(*models);
    }
    errorBody_.clear();
    over_ = false;
    tryAgain(problem);
}

void ModelChat::tryAgain(const ChatProblem& problem) {
    if (problems_.empty()) {
        kind_ = problem.kind;
    }
    problems_.push_back(problem.message);
    if (helpsToTryAgain(problem.kind)) {
        const std::chrono::seconds wanted = parseRetryAfter(head_.retryAfter);
        retryAfter_ = again_ ? std::min(retryAfter_, wanted) : wanted;
        again_ = true;
    }
    if (++at_ < settings_.endpoints.size()) {
        listener_.onNote(fmt::format("{}; asking {} instead", problem.message, endpoint().url()));
        begin();
        return;
    }
    const auto wait = std::max<std::chrono::milliseconds>(settings_.backOff * (1U << tries_), retryAfter_);
    if (!again_ || ++tries_ >= settings_.tries || wait > kLongestWait) {
        finish(std::unexpected(ChatProblem{kind_, fmt::format("{}", fmt::join(problems_, "; "))}));
        return;
    }
    listener_.onNote(fmt::format("{}; trying again in {}", fmt::join(problems_, "; "), wait));
    at_ = 0;
    again_ = false;
    problems_.clear();
    timer_.arm(wait);
}

void ModelChat::cancel() {
    if (!outcome_) {
        over_ = false;
        finish(std::unexpected(ChatProblem{ChatProblem::Kind::cancelled, "cancelled"}));
    }
}

void ModelChat::finish(std::expected<ChatReply, ChatProblem> outcome) {
    if (outcome_) {
        return;
    }
    over_ = true;
    timer_.disarm();
    pause_.disarm();
    outcome_ = std::move(outcome);
    if (!*outcome_) {
        client_.log_.debug("no answer: {}", printable(outcome_->error().message));
    }
    client_.afterwards_->call(self_, [this] {
        query_.reset();
        exchange_.reset();
        auto onEnd = std::move(listener_.onEnd);
        onEnd(*std::move(outcome_)); // may destroy this
    });
}

} // namespace compositord
