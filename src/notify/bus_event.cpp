#include "notify/bus_event.hpp"

#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace compositord::bus {

namespace {

constexpr bool isContinuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

struct Form {
    SignalForm operator()(const TaskQueued& /*event*/) const { return kQueued; }

    SignalForm operator()(const TaskStarted& /*event*/) const { return kStarted; }

    SignalForm operator()(const StepStarted& /*event*/) const { return kStepStarted; }

    SignalForm operator()(const StepEnded& /*event*/) const { return kStepEnded; }

    SignalForm operator()(const TaskProgress& /*event*/) const { return kProgress; }

    SignalForm operator()(const OutputChunk& /*event*/) const { return kOutput; }

    SignalForm operator()(const ToolStarted& /*event*/) const { return kToolStarted; }

    SignalForm operator()(const ToolEnded& /*event*/) const { return kToolEnded; }

    SignalForm operator()(const TokensUsed& /*event*/) const { return kTokensUsed; }

    SignalForm operator()(const ChoicesOffered& /*event*/) const { return kChoicesOffered; }

    SignalForm operator()(const ChoiceMade& /*event*/) const { return kChoiceMade; }

    SignalForm operator()(const TaskEnded& event) const {
        return event.outcome == SessionState::completed   ? kCompleted
               : event.outcome == SessionState::cancelled ? kCancelled
                                                          : kFailed;
    }
};

struct Append {
    sd_bus_message* message;
    std::uint64_t sequence;

    template <class... Args> int all(SignalForm form, Args... args) const {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): sd-bus checks them against the signature
        return sd_bus_message_append(message, form.signature, sequence, args...);
    }

    int operator()(const TaskQueued& event) const { return all(kQueued, textFor(event.task.id).c_str()); }

    int operator()(const TaskStarted& event) const { return all(kStarted, textFor(event.task).c_str()); }

    int operator()(const StepStarted& event) const {
        return all(kStepStarted, textFor(event.step).c_str(), event.index, event.count);
    }

    int operator()(const StepEnded& event) const {
        return all(kStepEnded, textFor(event.step).c_str(), int{event.ok}, textFor(event.error).c_str());
    }

    int operator()(const TaskProgress& event) const {
        return all(kProgress, textFor(event.step).c_str(), event.percent);
    }

    int operator()(const OutputChunk& event) const {
        return all(kOutput, nameOf(event.kind).data(), textFor(event.text).c_str()); // NOLINT: a literal
    }

    int operator()(const ToolStarted& event) const {
        return all(kToolStarted, textFor(event.call).c_str(), textFor(event.tool).c_str(),
                   textFor(event.input).c_str());
    }

    int operator()(const ToolEnded& event) const {
        return all(kToolEnded, textFor(event.call).c_str(), textFor(event.tool).c_str(), int{event.ok},
                   textFor(event.result).c_str());
    }

    int operator()(const TokensUsed& event) const { return all(kTokensUsed, event.tokens); }

    int operator()(const ChoicesOffered& event) const {
        const int code = sd_bus_message_append(message, "t", sequence);
        return code < 0 ? code : bus::append(*message, event.choices);
    }

    int operator()(const ChoiceMade& event) const { return all(kChoiceMade, textFor(event.choice).c_str()); }

    int operator()(const TaskEnded& event) const {
        const bool completed = event.outcome == SessionState::completed;
        return all(completed ? kCompleted : kFailed, textFor(event.task).c_str(),
                   textFor(completed ? event.result : event.error).c_str());
    }
};

} // namespace

SignalForm formOf(const SessionHappening& happening) {
    return std::visit(Form(), happening);
}

int append(sd_bus_message& message, const SessionEvent& event) {
    return std::visit(Append{&message, event.sequence}, event.happening);
}

int append(sd_bus_message& message, const std::vector<SessionChoice>& choices) {
    int code = sd_bus_message_open_container(&message, 'a', "(ss)");
    for (const SessionChoice& choice : choices) {
        code = code < 0 ? code
                        : sd_bus_message_append(&message, "(ss)", textFor(choice.id).c_str(),
                                                textFor(choice.label).c_str());
    }
    return code < 0 ? code : sd_bus_message_close_container(&message);
}

std::string textFor(std::string_view text, std::size_t longest) {
    const bool whole = text.size() <= longest;
    const std::size_t size = text.size();
    if (!whole) {
        std::size_t end = longest;
        while (end > 0 && isContinuation(text[end])) {
            --end;
        }
        text = text.substr(0, end);
    }
    std::string result = isUtf8(text) ? std::string(text) : repairUtf8(text);
    std::ranges::replace(result, '\0', ' ');
    if (!whole) {
        result += fmt::format(" … (cut: {} bytes in all)", size);
    }
    return result;
}

} // namespace compositord::bus
