// How a session looks as a notification on the desktop.
#pragma once

#include "world/session.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

/// What the server that shows notifications can do.
struct NotificationAbilities {
    bool body = false;
    bool markup = false; // in the body: what looks like it must be escaped
    bool actions = false;
};

struct Notification {
    enum class Urgency : std::uint8_t { low, normal, critical };

    struct Action {
        std::string key;
        std::string label;

        bool operator==(const Action&) const = default;
    };

    std::string summary;
    std::string body;
    std::string category;
    Urgency urgency = Urgency::normal;
    std::optional<int> value; // percent
    std::vector<Action> actions;
    bool stays = false; // until it is closed

    bool operator==(const Notification&) const = default;
};

inline constexpr std::string_view kCancelAction = "cancel";
inline constexpr std::string_view kChoicePrefix = "choose-"; // the id of a choice follows
/// A choice of this id asks to see what there is to choose about, which the page shows.
inline constexpr std::string_view kReviewChoice = "review";
inline constexpr std::string_view kShowAction = "show";
inline constexpr std::string_view kDefaultAction = "default"; // a click on the notification

/// `page`: whether there is one to show.
Notification notificationOf(const Session& session, NotificationAbilities abilities, bool page);

std::string escapeMarkup(std::string_view text);

} // namespace compositord
