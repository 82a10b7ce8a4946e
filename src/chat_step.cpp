#include "chat_step.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace compositord {

namespace {

// Who wants all of a longer answer reads the output.
constexpr std::size_t kLongestResult = 65536;
constexpr std::uint32_t kLongestWaitSeconds = 7 * 24 * 3600;
constexpr std::uint32_t kMostTokens = 10000000;

constexpr std::array<std::string_view, 14> kSettings{
    "url",          "model",          "key_file",          "keyring",
    "fallback_url", "fallback_model", "fallback_key_file", "fallback_keyring",
    "system",       "prompt",         "connect",           "first_token",
    "idle",         "max_tokens"};

using Settings = std::map<std::string, std::string>;

std::string valueOf(const Settings& settings, const std::string& name, const std::string& otherwise = {}) {
    const auto found = settings.find(name);
    return found != settings.end() ? found->second : otherwise;
}

Result<std::optional<std::uint32_t>> parseNumber(const std::string& text, const std::string& name,
                                                 std::uint32_t most) {
    if (text.empty()) {
        return std::nullopt;
    }
    std::uint32_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc() || end != text.data() + text.size() || number == 0 || number > most) {
        return failure(EINVAL, fmt::format("{} must be a number between 1 and {}", name, most), text);
    }
    return number;
}

std::optional<std::string> fromEnvironment(const char* name) {
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): one thread
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

bool isThisMachine(const std::string& host) {
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

/// Of the settings whose names begin with `prefix`.
Result<ModelEndpoint> parseEndpoint(const Settings& settings, const std::string& prefix) {
    const std::string url = valueOf(settings, prefix + "url");
    auto endpoint = url.empty() ? modelFromEnvironment(fromEnvironment) : parseModelUrl(url);
    if (!endpoint) {
        return endpoint;
    }
    endpoint->model = valueOf(settings, prefix + "model", endpoint->model);
    const std::string file = valueOf(settings, prefix + "key_file");
    endpoint->keyring = valueOf(settings, prefix + "keyring");
    if (file.empty() && endpoint->keyring.empty()) {
        return endpoint;
    }
    if (!endpoint->encrypted && !isThisMachine(endpoint->host)) {
        return failure(EPERM, "a key goes only to this machine or over https", endpoint->url());
    }
    if (!file.empty() && !endpoint->keyring.empty()) {
        return failure(EINVAL, "a key is in a file or in the keyring, not in both", endpoint->url());
    }
    if (!file.empty()) {
        auto key = readKey(file);
        if (!key) {
            return std::unexpected(key.error());
        }
        endpoint->key = *std::move(key);
    }
    return endpoint;
}

/// As the settings say, or else the environment.
Result<> takeTimeout(ModelSettings& models, std::optional<std::chrono::seconds> timeout) {
    if (!timeout) {
        const auto parsed = parseNumber(fromEnvironment("LM_STUDIO_TIMEOUT").value_or(""),
                                        "LM_STUDIO_TIMEOUT", kLongestWaitSeconds);
        if (!parsed) {
            return std::unexpected(parsed.error());
        }
        const std::optional<std::uint32_t>& seconds = *parsed;
        if (!seconds) {
            return {};
        }
        timeout = std::chrono::seconds(*seconds);
    }
    models.firstToken = *timeout;
    models.idle = *timeout;
    return {};
}

/// "URL model=NAME key-file=FILE"
Result<Settings> parseServer(const std::string& text) {
    Settings settings;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        if (word.starts_with("model=")) {
            settings["model"] = word.substr(word.find('=') + 1);
        } else if (word.starts_with("key-file=")) {
            settings["key_file"] = word.substr(word.find('=') + 1);
        } else if (word.starts_with("keyring=")) {
            settings["keyring"] = word.substr(word.find('=') + 1);
        } else if (!settings.contains("url")) {
            settings["url"] = word;
        } else if (!word.empty()) {
            return failure(EINVAL,
                           "a model's server is given as \"URL model=NAME key-file=FILE\" or keyring=NAME",
                           text);
        }
    }
    return settings;
}

std::string shortened(std::string text) {
    std::size_t end = std::min(text.size(), kLongestResult);
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) {
        --end;
    }
    text.resize(end);
    return text;
}

class ChatStep final : public StepRun {
public:
    explicit ChatStep(StepListener& listener) : listener_(listener) {}

    Result<> start(ModelClient& client, const StepContext& context);

    void cancel() override { chat_->cancel(); }

private:
    void onEnd(std::expected<ChatReply, ChatProblem> outcome);

    StepListener& listener_;
    std::unique_ptr<ModelChat> chat_;
};

Result<> ChatStep::start(ModelClient& client, const StepContext& context) {
    const Settings& settings = context.step.settings;
    for (const auto& [name, value] : settings) {
        if (std::ranges::find(kSettings, name) == kSettings.end()) {
            return failure(EINVAL, "chat has no such setting", name);
        }
    }
    auto models = parseModelSettings(settings);
    if (!models) {
        return std::unexpected(models.error());
    }
    auto mostTokens = parseNumber(valueOf(settings, "max_tokens"), "max_tokens", kMostTokens);
    if (!mostTokens) {
        return std::unexpected(mostTokens.error());
    }
    ChatRequest request{.mostTokens = *mostTokens};
    if (const std::string system = fill(valueOf(settings, "system"), context.values); !system.empty()) {
        request.messages.push_back({.role = ChatMessage::Role::system, .content = system});
    }
    request.messages.push_back({.role = ChatMessage::Role::user,
                                .content = fill(valueOf(settings, "prompt", "{task}"), context.values)});
    auto chat = client.chat(
        *std::move(models), std::move(request),
        {.onPiece =
             [this](ChatPiece piece) {
                 listener_.onOutput(piece.kind == ChatPiece::Kind::content ? OutputKind::text
                                                                           : OutputKind::thinking,
                                    std::move(piece.text));
             },
         .onNote =
             [this](const std::string& note) { listener_.onOutput(OutputKind::diagnostic, note + "\n"); },
         .onEnd = [this](std::expected<ChatReply, ChatProblem> outcome) { onEnd(std::move(outcome)); }});
    if (!chat) {
        return std::unexpected(chat.error());
    }
    chat_ = std::move(*chat);
    return {};
}

void ChatStep::onEnd(std::expected<ChatReply, ChatProblem> outcome) {
    if (!outcome) {
        listener_.onStepEnd({.ok = false, .error = outcome.error().message});
        return;
    }
    if (const auto& usage = outcome->usage) {
        listener_.onHappening(TokensUsed{usage->total()});
    }
    if (outcome->cutShort()) {
        listener_.onOutput(OutputKind::diagnostic,
                           "the answer was cut: the model may say no more, or its context is full\n");
    }
    listener_.onStepEnd({.result = shortened(std::move(outcome->content))});
}

} // namespace

Result<ModelSettings> parseModelSettings(const Settings& settings) {
    ModelSettings models;
    auto endpoint = parseEndpoint(settings, "");
    if (!endpoint) {
        return std::unexpected(endpoint.error());
    }
    models.endpoints.push_back(*std::move(endpoint));
    if (settings.contains("fallback_url")) {
        auto fallback = parseEndpoint(settings, "fallback_");
        if (!fallback) {
            return std::unexpected(fallback.error());
        }
        models.endpoints.push_back(*std::move(fallback));
    }
    if (auto timed = takeTimeout(models, std::nullopt); !timed) {
        return std::unexpected(timed.error());
    }
    for (const auto& [name, time] :
         {std::pair{"connect", &models.connect}, std::pair{"first_token", &models.firstToken},
          std::pair{"idle", &models.idle}}) {
        auto parsed = parseNumber(valueOf(settings, name), name, kLongestWaitSeconds);
        if (!parsed) {
            return std::unexpected(parsed.error());
        }
        if (const auto& seconds = *parsed) {
            *time = std::chrono::seconds(*seconds);
        }
    }
    return models;
}

Result<ModelSettings> parseModelServers(const std::vector<std::string>& servers,
                                        std::optional<std::chrono::seconds> timeout) {
    ModelSettings models;
    const std::vector<std::string> usual{""};
    for (const std::string& server : servers.empty() ? usual : servers) {
        auto settings = parseServer(server);
        auto endpoint = settings ? parseEndpoint(*settings, "") : std::unexpected(settings.error());
        if (!endpoint) {
            return std::unexpected(endpoint.error());
        }
        models.endpoints.push_back(*std::move(endpoint));
    }
    if (auto timed = takeTimeout(models, timeout); !timed) {
        return std::unexpected(timed.error());
    }
    return models;
}

StepFactory chatStep(ModelClient& client) {
    return [&client](const StepContext& context, StepListener& listener) -> Result<std::unique_ptr<StepRun>> {
        auto step = std::make_unique<ChatStep>(listener);
        if (auto started = step->start(client, context); !started) {
            return std::unexpected(started.error());
        }
        return step;
    };
}

} // namespace compositord
