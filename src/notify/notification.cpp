#include "notify/notification.hpp"

#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace compositord {

namespace {

// More than this nobody reads in passing.
constexpr std::size_t kLongestSummary = 100;
constexpr std::size_t kLongestBody = 300;
constexpr std::size_t kLongestLabel = 40;

/// The first line that has something, as plain text that is not too long.
std::string line(std::string_view text, std::size_t longest) {
    constexpr std::string_view blanks = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    text = text.substr(0, text.find_first_of("\r\n"));
    std::string result;
    while (!text.empty() && result.size() < longest) {
        const std::size_t length = std::max<std::size_t>(utf8SequenceLength(text), 1);
        const bool shown = length > 1 || (text[0] >= ' ' && text[0] <= '~');
        result += shown ? text.substr(0, length) : " ";
        text.remove_prefix(length);
    }
    return text.empty() ? result : result + "…";
}

std::string bodyOf(const Session& session) {
    const auto with = [](std::string_view what, const std::string& text) {
        const std::string rest = line(text, kLongestBody);
        return rest.empty() ? std::string(what) : fmt::format("{}: {}", what, rest);
    };
    switch (session.state) {
    case SessionState::completed:
        return with("Completed", session.result);
    case SessionState::failed:
        return with("Failed", session.error);
    case SessionState::cancelled:
        return "Cancelled";
    default:
        if (!session.choices.empty()) {
            return with("Waits for your choice", session.step);
        }
        return fmt::format("{}, {} %", session.step.empty() ? "Started" : line(session.step, kLongestBody),
                           static_cast<int>(session.progress));
    }
}

Notification::Urgency urgencyOf(const Session& session) {
    if (session.state == SessionState::failed) {
        return Notification::Urgency::critical;
    }
    return session.state == SessionState::completed || !session.choices.empty()
               ? Notification::Urgency::normal
               : Notification::Urgency::low;
}

/// Names of the specification, which themes know.
const char* categoryOf(SessionState state) {
    switch (state) {
    case SessionState::completed:
        return "transfer.complete";
    case SessionState::failed:
        return "transfer.error";
    default:
        return "transfer";
    }
}

} // namespace

std::string escapeMarkup(std::string_view text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        default:
            result += c;
        }
    }
    return result;
}

Notification notificationOf(const Session& session, NotificationAbilities abilities, bool page) {
    const bool ended = hasEnded(session.state);
    Notification notification{.summary = line(session.task.description, kLongestSummary),
                              .body = bodyOf(session),
                              .category = categoryOf(session.state),
                              .urgency = urgencyOf(session),
                              .stays = !ended};
    if (notification.summary.empty()) {
        notification.summary = line(session.type, kLongestSummary);
    } else {
        notification.summary =
            fmt::format("{}: {}", line(session.type, kLongestSummary), notification.summary);
    }
    if (!abilities.body) {
        notification.summary += " – " + std::exchange(notification.body, "");
    } else if (abilities.markup) {
        notification.body = escapeMarkup(notification.body);
    }
    if (!ended || session.state == SessionState::completed) {
        notification.value = static_cast<int>(session.progress);
    }
    if (abilities.actions && page) {
        notification.actions.push_back({std::string(kDefaultAction), "Show"});
        notification.actions.push_back({std::string(kShowAction), "Show"});
    }
    if (abilities.actions) {
        for (const SessionChoice& choice : session.choices) {
            notification.actions.push_back(
                {std::string(kChoicePrefix) + choice.id, line(choice.label, kLongestLabel)});
        }
    }
    if (abilities.actions && !ended) {
        notification.actions.push_back({std::string(kCancelAction), "Cancel"});
    }
    return notification;
}

} // namespace compositord
