#include "base/utf8.hpp"
#include "notify/notification.hpp"

#include <gtest/gtest.h>

using namespace compositord;

namespace {

constexpr NotificationAbilities kAll{.body = true, .markup = true, .actions = true};

Session running() {
    return {.type = "wallpaper",
            .task = {.description = "sunset"},
            .state = SessionState::running,
            .step = "effects",
            .progress = 33.99};
}

Session ended(SessionState state) {
    Session session = running();
    session.state = state;
    session.result = "made <3 pictures>\nin a minute";
    session.error = "no disk & no hope";
    return session;
}

} // namespace

TEST(Notification, TellsHowFarASessionIs) {
    const Notification shown = notificationOf(running(), kAll, true);
    EXPECT_EQ(shown.summary, "wallpaper: sunset");
    EXPECT_EQ(shown.body, "effects, 33 %");
    EXPECT_EQ(shown.value, 33);
    EXPECT_TRUE(shown.stays);
    ASSERT_EQ(shown.actions.size(), 3U);
    EXPECT_EQ(shown.actions.back().key, kCancelAction);
}

TEST(Notification, TellsTheEnd) {
    const Notification good = notificationOf(ended(SessionState::completed), kAll, true);
    EXPECT_EQ(good.body, "Completed: made &lt;3 pictures&gt;");
    EXPECT_EQ(good.category, "transfer.complete");
    EXPECT_FALSE(good.stays);
    const Notification bad = notificationOf(ended(SessionState::failed), kAll, true);
    EXPECT_EQ(bad.body, "Failed: no disk &amp; no hope");
    EXPECT_EQ(bad.urgency, Notification::Urgency::critical);
    EXPECT_EQ(bad.value, std::nullopt);
    for (const Notification& each : {good, bad, notificationOf(ended(SessionState::cancelled), kAll, true)}) {
        for (const Notification::Action& action : each.actions) {
            EXPECT_NE(action.key, kCancelAction) << "there is nothing to cancel any more";
        }
    }
}

TEST(Notification, ContentsItselfWithWhatTheServerCan) {
    const Notification bare = notificationOf(ended(SessionState::completed), {}, true);
    EXPECT_EQ(bare.summary, "wallpaper: sunset – Completed: made <3 pictures>");
    EXPECT_EQ(bare.body, "");
    EXPECT_TRUE(bare.actions.empty());
    const Notification plain = notificationOf(ended(SessionState::failed), {.body = true}, true);
    EXPECT_EQ(plain.body, "Failed: no disk & no hope");
}

TEST(Notification, OffersThePageOnlyIfThereIsOne) {
    const Notification shown = notificationOf(running(), kAll, false);
    ASSERT_EQ(shown.actions.size(), 1U);
    EXPECT_EQ(shown.actions[0].key, kCancelAction);
}

TEST(Notification, CutsWhatIsLongBetweenCharacters) {
    Session session = running();
    for (std::string start : {"", "a", "ab"}) {
        session.task.description = "\n  " + start;
        for (int i = 0; i < 1000; ++i) {
            session.task.description += "€";
        }
        const Notification shown = notificationOf(session, kAll, true);
        EXPECT_TRUE(isUtf8(shown.summary));
        EXPECT_LT(shown.summary.size(), 200U);
        EXPECT_TRUE(shown.summary.ends_with("€…"));
    }
}

TEST(Notification, ShowsNoControlCharacters) {
    Session session = running();
    session.task.description = "a\tb\x1b[31m\x7f\xff";
    EXPECT_EQ(notificationOf(session, kAll, true).summary, "wallpaper: a b [31m  ");
}
