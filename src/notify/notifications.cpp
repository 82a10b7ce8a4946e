#include "notify/notifications.hpp"

#include <algorithm>
#include <ranges>
#include <utility>
#include <vector>

namespace compositord {

namespace {

// An end that could not be shown for so long is no news.
constexpr std::chrono::seconds kNews{10};

// Ended sessions whose notification may still be there, and clicked on.
constexpr std::size_t kMostEnded = 64;

} // namespace

Notifications::Notifications(SessionService& sessions, NotificationTarget& target, Settings settings)
    : sessions_(sessions), target_(target), settings_(std::move(settings)) {}

Notifications::~Notifications() {
    for (const Card& card : cards_ | std::views::values) {
        if (card.id != 0 && !card.ended) {
            target_.close(card.id); // nobody would ever replace it
        }
    }
    target_.setListener({.onReady = [](NotificationAbilities) {},
                         .onChanged = [] {},
                         .onAction = [](std::uint32_t, const std::string&) {},
                         .onClosed = [](std::uint32_t) {}});
}

Result<std::unique_ptr<Notifications>> Notifications::create(EventLoop& loop, SessionService& sessions,
                                                             NotificationTarget& target, Settings settings) {
    std::unique_ptr<Notifications> made(new Notifications(sessions, target, std::move(settings)));
    auto* self = made.get();
    auto timer = loop.addTimer([self] { self->update(); });
    if (!timer) {
        return std::unexpected(timer.error());
    }
    made->timer_ = std::move(*timer);
    target.setListener(
        {.onReady =
             [self](NotificationAbilities abilities) {
                 self->abilities_ = abilities;
                 self->update();
             },
         .onChanged = [self] { self->onChanged(); },
         .onAction = [self](std::uint32_t id, const std::string& key) { self->onAction(id, key); },
         .onClosed = [self](std::uint32_t id) { self->onClosed(id); }});
    made->subscription_ =
        sessions.subscribe({.onEvent = [self](const Session& session,
                                              const SessionEvent& event) { self->onEvent(session, event); },
                            .onForgotten = [self](const SessionId& id) { self->cards_.erase(id); }});
    return made;
}

void Notifications::onEvent(const Session& session, const SessionEvent& event) {
    const auto now = Clock::now();
    if (std::holds_alternative<TaskStarted>(event.happening)) {
        Card& card = cards_[session.id];
        card.stale = true;
        card.dismissed = false;
        card.ended.reset();
        card.next = now + settings_.quiet;
    } else if (std::holds_alternative<TaskEnded>(event.happening)) {
        Card& card = cards_[session.id]; // of one that never started there is none yet
        card.stale = true;
        card.ended = now;
        card.next = std::max(now, card.shown + settings_.pause);
        forgetOld();
    } else if (std::holds_alternative<TaskProgress>(event.happening) ||
               std::holds_alternative<StepStarted>(event.happening) ||
               std::holds_alternative<ChoicesOffered>(event.happening) ||
               std::holds_alternative<ChoiceMade>(event.happening)) {
        const auto card = cards_.find(session.id);
        if (card == cards_.end()) {
            return;
        }
        card->second.stale = true;
        // A question is asked again of who closed the notification.
        card->second.dismissed =
            card->second.dismissed && !std::holds_alternative<ChoicesOffered>(event.happening);
    } else {
        return;
    }
    update();
}

void Notifications::update() {
    const auto now = Clock::now();
    auto next = Clock::time_point::max();
    bool wanted = false;
    std::vector<SessionId> due; // showing one may change the cards
    for (const auto& [id, card] : cards_) {
        const bool waits = card.stale && !card.underway && (!card.dismissed || card.ended);
        if (waits && card.next > now) {
            next = std::min(next, card.next);
        } else if (waits) {
            wanted = true;
            due.push_back(id);
        }
    }
    if (wanted && !abilities_) {
        target_.want();
        std::erase_if(cards_, [&](const auto& each) {
            return each.second.ended && each.second.stale && now - *each.second.ended > kNews;
        });
    }
    for (const SessionId& id : due) {
        const auto card = cards_.find(id);
        const Session* session = sessions_.find(id);
        if (abilities_ && card != cards_.end() && session != nullptr && card->second.stale &&
            !card->second.underway) {
            show(*session, card->second);
        }
    }
    if (next != Clock::time_point::max()) {
        timer_.arm(std::chrono::ceil<std::chrono::milliseconds>(next - now));
    }
}

void Notifications::show(const Session& session, Card& card) {
    card.stale = false;
    card.dismissed = false;
    card.underway = true;
    card.shown = Clock::now();
    card.next = card.shown + settings_.pause;
    const bool page = settings_.page && settings_.open && !settings_.page().empty();
    target_.show(notificationOf(session, abilities_.value_or(NotificationAbilities{}), page), card.id,
                 [this, id = session.id, server = server_](std::optional<std::uint32_t> shown) {
                     const auto found = cards_.find(id);
                     if (found == cards_.end() || server != server_) {
                         return;
                     }
                     found->second.underway = false;
                     found->second.id = shown.value_or(0);
                     if (!shown && found->second.ended && !found->second.stale) {
                         cards_.erase(found);
                     }
                     update();
                 });
}

void Notifications::onChanged() {
    ++server_;
    abilities_.reset();
    std::erase_if(cards_, [](const auto& each) { return each.second.ended && !each.second.stale; });
    for (Card& card : cards_ | std::views::values) {
        card.id = 0;
        card.underway = false;
        card.stale = true;
    }
    update();
}

std::map<SessionId, Notifications::Card>::iterator Notifications::find(std::uint32_t id) {
    return std::ranges::find_if(cards_, [id](const auto& each) { return id != 0 && each.second.id == id; });
}

void Notifications::onAction(std::uint32_t id, const std::string& key) {
    const auto card = find(id);
    if (card == cards_.end()) {
        return;
    }
    const SessionId session = card->first;
    // Most servers close what was acted on, some only after a while: what is told in it now would be lost.
    onClosed(id);
    target_.close(id);
    if (key == kCancelAction) {
        (void)sessions_.cancel(session); // one that has ended is left as it is
    } else if (key.starts_with(kChoicePrefix)) {
        if (key.substr(kChoicePrefix.size()) == kReviewChoice) {
            open(sessions_.find(session));
        }
        (void)sessions_.choose(session, key.substr(kChoicePrefix.size())); // too late, or no longer offered
    } else if (key == kShowAction || key == kDefaultAction) {
        open(sessions_.find(session));
    }
}

/// The page, at what it has of the session.
void Notifications::open(const Session* session) const {
    if (!settings_.page || !settings_.open) {
        return;
    }
    const std::string fragment =
        session != nullptr && settings_.fragment ? settings_.fragment(*session) : std::string();
    if (const std::string page = settings_.page(); !page.empty()) {
        settings_.open(fragment.empty() ? page : page + "#" + fragment);
    }
}

void Notifications::onClosed(std::uint32_t id) {
    const auto card = find(id);
    if (card == cards_.end()) {
        return;
    }
    if (card->second.ended && !card->second.stale) {
        cards_.erase(card);
        return;
    }
    card->second.id = 0;
    card->second.dismissed = true;
}

void Notifications::forgetOld() {
    std::vector<std::pair<Clock::time_point, SessionId>> ended;
    for (const auto& [id, card] : cards_) {
        if (card.ended) {
            ended.emplace_back(*card.ended, id);
        }
    }
    if (ended.size() > kMostEnded) {
        cards_.erase(std::ranges::min(ended).second);
    }
}

} // namespace compositord
