#include "session/command_step.hpp"

#include "base/json_reader.hpp"
#include "session/text_stream.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace compositord {

namespace {

// Enough for a person to see what went wrong, or what came out.
constexpr std::size_t kLongestTail = 4096;
constexpr std::size_t kLongestName = 128;
constexpr std::size_t kLongestChoice = 64;
constexpr std::size_t kLongestValue = LineStream::kLongest;

std::string dump(const json_t* json) {
    char* text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    std::string result = text != nullptr ? text : "null";
    std::free(text); // NOLINT(cppcoreguidelines-no-malloc,cppcoreguidelines-owning-memory): jansson's
    return result;
}

bool isChoiceId(std::string_view id) {
    return id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") ==
           std::string_view::npos;
}

/// The last part of what was printed.
class Tail {
public:
    void add(std::string_view text) {
        text_ += text;
        if (text_.size() > 2 * kLongestTail) {
            text_.erase(0, text_.size() - kLongestTail);
        }
    }

    /// Without blanks around it, and from the start of a character.
    std::string text() const {
        std::string_view view = text_;
        view.remove_prefix(view.size() - std::min(view.size(), kLongestTail));
        while (!view.empty() && (static_cast<unsigned char>(view[0]) & 0xc0U) == 0x80) {
            view.remove_prefix(1);
        }
        constexpr std::string_view blanks = " \t\r\n";
        const std::size_t first = view.find_first_not_of(blanks);
        return first == std::string_view::npos
                   ? ""
                   : std::string(view.substr(first, view.find_last_not_of(blanks) - first + 1));
    }

private:
    std::string text_;
};

// What systemd and compositors tell this process is not for others.
constexpr std::array<std::string_view, 8> kNotPassedOn{
    "WAYLAND_SOCKET", "NOTIFY_SOCKET", "WATCHDOG_USEC",  "WATCHDOG_PID",
    "LISTEN_FDS",     "LISTEN_PID",    "LISTEN_FDNAMES", "CREDENTIALS_DIRECTORY"};

std::vector<std::string> environmentFor(const StepContext& context) {
    std::map<std::string, std::string> more;
    if (const auto session = context.values.find("session"); session != context.values.end()) {
        more["COMPOSITORD_SESSION"] = session->second;
    }
    for (const auto& [name, value] : context.step.environment) {
        more[name] = fill(value, context.values);
    }
    return inheritedEnvironment(std::move(more));
}

class CommandStep final : public StepRun {
public:
    CommandStep(const StepContext& context, StepListener& listener)
        : name_(context.step.command[0]), events_(context.step.output == Step::Output::events),
          listener_(listener), lines_(listener, context.step.asks) {}

    Result<> start(const StepContext& context, const Child::Settings& settings);

    void cancel() override { child_->stop(); }

    void choose(const std::string& id) override { child_->write(id + "\n"); }

private:
    void onText(Child::Stream stream, std::string text);
    void onEnd(int status);

    std::string name_;
    bool events_;
    StepListener& listener_;
    std::array<TextStream, 2> text_;
    LineStream splitter_;
    EventLines lines_;
    std::array<Tail, 2> tails_;
    std::unique_ptr<Child> child_;
};

Result<> CommandStep::start(const StepContext& context, const Child::Settings& settings) {
    auto command = commandOf(context);
    if (!command) {
        return std::unexpected(command.error());
    }
    auto child = Child::start(context.loop, settings, *command,
                              {.onOutput =
                                   [this](Child::Stream stream, std::string_view bytes) {
                                       onText(stream, text_[std::to_underlying(stream)].feed(bytes));
                                   },
                               .onEnd = [this](int status) { onEnd(status); }});
    if (!child) {
        return std::unexpected(child.error());
    }
    child_ = std::move(*child);
    return {};
}

void CommandStep::onText(Child::Stream stream, std::string text) {
    if (text.empty()) {
        return;
    }
    if (stream == Child::Stream::out && events_) {
        splitter_.feed(text, [this](std::string_view line, bool whole) { lines_.onLine(line, whole); });
        return;
    }
    tails_[std::to_underlying(stream)].add(text);
    listener_.onOutput(stream == Child::Stream::out ? OutputKind::text : OutputKind::diagnostic,
                       std::move(text));
}

void CommandStep::onEnd(int status) {
    for (const Child::Stream stream : {Child::Stream::out, Child::Stream::err}) {
        onText(stream, text_[std::to_underlying(stream)].finish());
    }
    splitter_.finish([this](std::string_view line, bool whole) { lines_.onLine(line, whole); });
    StepResult result{.ok = status == 0, .result = events_ ? lines_.result() : tails_[0].text()};
    if (!result.ok) {
        result.error = failureOf(name_, status, tails_[1].text());
    }
    listener_.onStepEnd(std::move(result));
}

} // namespace

std::vector<std::string> inheritedEnvironment(std::map<std::string, std::string> more) {
    std::map<std::string, std::string> all = std::move(more); // what is there already stays
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t sign = text.find('=');
        if (sign != std::string_view::npos &&
            std::ranges::find(kNotPassedOn, text.substr(0, sign)) == kNotPassedOn.end()) {
            all.emplace(text.substr(0, sign), text.substr(sign + 1));
        }
    }
    std::vector<std::string> result;
    result.reserve(all.size());
    for (const auto& [name, value] : all) {
        result.push_back(fmt::format("{}={}", name, value));
    }
    return result;
}

StepFactory commandRunner(Child::Settings settings) {
    return [settings = std::move(settings)](const StepContext& context,
                                            StepListener& listener) -> Result<std::unique_ptr<StepRun>> {
        auto step = std::make_unique<CommandStep>(context, listener);
        if (auto started = step->start(context, settings); !started) {
            return std::unexpected(started.error());
        }
        return step;
    };
}

Result<Child::Command> commandOf(const StepContext& context) {
    auto words = fillCommand(context.step.command, context.values);
    if (!words) {
        return std::unexpected(words.error());
    }
    return Child::Command{.arguments = std::move(*words),
                          .environment = environmentFor(context),
                          .folder = fill(context.step.folder, context.values),
                          .input = fill(context.step.input, context.values),
                          .talks = context.step.asks};
}

std::string failureOf(const std::string& program, int status, const std::string& said) {
    return fmt::format("{} ended with status {}{}{}", program, status, said.empty() ? "" : ": ",
                       said.substr(said.rfind('\n') + 1)); // npos + 1 is 0
}

void EventLines::onLine(std::string_view line, bool whole) {
    if (whole && line.starts_with('{')) {
        if (const auto json = parseJsonObject(line); json && tell(json->get())) {
            return;
        }
    }
    listener_.onOutput(OutputKind::text, whole ? std::string(line) + "\n" : std::string(line));
}

bool EventLines::tell(json_t* object) {
    JsonObjectReader reader(object);
    if (reader.has("tool")) {
        return tellTool(object);
    }
    if (asks_ && reader.has("choices")) {
        return tellChoices(object);
    }
    const auto progress = reader.optionalNumber("progress", 0, 1);
    auto text = reader.optionalString("text", 0, kLongestValue);
    auto thinking = reader.optionalString("thinking", 0, kLongestValue);
    auto result = reader.optionalString("result", 0, kLongestValue);
    const auto tokens = reader.optionalInteger("tokens", 0, INT32_MAX);
    if (reader.problem() || (!progress && !text && !thinking && !result && !tokens)) {
        return false;
    }
    if (progress) {
        listener_.onProgress(*progress);
    }
    if (text) {
        listener_.onOutput(OutputKind::text, std::move(*text));
    }
    if (thinking) {
        listener_.onOutput(OutputKind::thinking, std::move(*thinking));
    }
    if (tokens) {
        listener_.onHappening(TokensUsed{static_cast<std::uint64_t>(*tokens)});
    }
    if (result) {
        result_ = std::move(*result);
    }
    return true;
}

bool EventLines::tellTool(json_t* object) {
    JsonObjectReader reader(object);
    std::string tool = reader.string("tool", 1, kLongestName);
    std::string call = reader.optionalString("call", 0, kLongestName).value_or("");
    auto error = reader.optionalString("error", 0, kLongestValue);
    if (reader.problem()) {
        return false;
    }
    if (error) {
        listener_.onHappening(ToolEnded{std::move(call), std::move(tool), false, std::move(*error)});
    } else if (const json_t* result = json_object_get(object, "result")) {
        listener_.onHappening(ToolEnded{std::move(call), std::move(tool), true, dump(result)});
    } else {
        const json_t* input = json_object_get(object, "input");
        listener_.onHappening(
            ToolStarted{std::move(call), std::move(tool), input != nullptr ? dump(input) : "{}"});
    }
    return true;
}

bool EventLines::tellChoices(json_t* object) {
    JsonObjectReader reader(object);
    std::vector<SessionChoice> choices;
    for (JsonObjectReader& each : reader.objects("choices", kMostChoices)) {
        SessionChoice choice{each.string("id", 1, kLongestChoice), each.string("label", 1, kLongestName)};
        const bool known = std::ranges::find(choices, choice.id, &SessionChoice::id) != choices.end();
        if (each.problem() || known || !isChoiceId(choice.id)) {
            return false;
        }
        choices.push_back(std::move(choice));
    }
    if (reader.problem() || choices.empty()) {
        return false;
    }
    listener_.onHappening(ChoicesOffered{std::move(choices)});
    return true;
}

} // namespace compositord
