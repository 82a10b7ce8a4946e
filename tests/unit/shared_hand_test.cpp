#include "compositor/shared_hand.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <linux/input-event-codes.h>

#include <string>
#include <vector>

using namespace compositord;

namespace {

struct InWords {
    std::string operator()(const PointerMotion& /*event*/) const { return "motion"; }

    std::string operator()(const PointerButton& event) const {
        return fmt::format("button {} {}", event.button, event.pressed ? "down" : "up");
    }

    std::string operator()(const PointerScroll& /*event*/) const { return "scroll"; }

    std::string operator()(const KeyChange& event) const {
        return fmt::format("key {} {}", event.key, event.pressed ? "down" : "up");
    }

    std::string operator()(const TypedText& event) const { return event.text; }

    std::string operator()(const TouchDown& event) const { return fmt::format("touch {} down", event.point); }

    std::string operator()(const TouchMotion& event) const {
        return fmt::format("touch {} moves", event.point);
    }

    std::string operator()(const TouchUp& event) const { return fmt::format("touch {} up", event.point); }

    std::string operator()(const TouchCancel& /*event*/) const { return "touch cancelled"; }
};

using Words = std::vector<std::string>;

Words inWords(const std::vector<InputEvent>& events) {
    Words words;
    for (const InputEvent& event : events) {
        words.push_back(std::visit(InWords{}, event));
    }
    return words;
}

constexpr ClientNumber kAda{1};
constexpr ClientNumber kBob{2};

class TheSharedHand : public testing::Test {
protected:
    Words take(ClientNumber who, std::vector<InputEvent> events) {
        return inWords(hand_.take(who, {.events = std::move(events)}));
    }

    Words release(ClientNumber who) { return inWords(hand_.release(who)); }

    SharedHand hand_;
};

TEST_F(TheSharedHand, LetsGoOfWhatNobodyHoldsAnyMore) {
    EXPECT_EQ(take(kAda, {KeyChange{KEY_A, true}, PointerButton{1, true}}),
              (Words{"key 30 down", "button 1 down"}));
    EXPECT_EQ(take(kBob, {KeyChange{KEY_A, true}}), Words{});
    EXPECT_EQ(take(kAda, {KeyChange{KEY_A, false}, PointerButton{1, false}}), Words{"button 1 up"});
    EXPECT_EQ(take(kBob, {KeyChange{KEY_A, false}}), Words{"key 30 up"});
    EXPECT_EQ(take(kBob, {KeyChange{KEY_A, false}}), Words{}) << "nobody held it";
}

TEST_F(TheSharedHand, LetsGoOfWhatOnlyTheOneHeldWhoIsGone) {
    take(kAda, {KeyChange{KEY_A, true}, KeyChange{KEY_B, true}, TouchDown{7, {}}});
    take(kBob, {KeyChange{KEY_A, true}, TouchDown{7, {}}});
    EXPECT_EQ(release(kAda), (Words{"key 48 up", "touch 0 up"}));
    EXPECT_EQ(release(kAda), Words{});
    EXPECT_EQ(release(kBob), (Words{"key 30 up", "touch 1 up"}));
}

TEST_F(TheSharedHand, TellsFingersOfSeveralApart) {
    EXPECT_EQ(take(kAda, {TouchDown{3, {}}}), Words{"touch 0 down"});
    EXPECT_EQ(take(kBob, {TouchDown{3, {}}, TouchMotion{3, {}}}), (Words{"touch 1 down", "touch 1 moves"}));
    EXPECT_EQ(take(kAda, {TouchUp{3}, TouchUp{3}, TouchMotion{3, {}}}), Words{"touch 0 up"});
    EXPECT_EQ(take(kBob, {TouchDown{4, {}}}), Words{"touch 0 down"}) << "a number that is free again";
}

TEST_F(TheSharedHand, CancelsTheTouchesOfOneOnly) {
    take(kAda, {TouchDown{1, {}}});
    take(kBob, {TouchDown{1, {}}});
    EXPECT_EQ(take(kAda, {TouchCancel{}}), Words{"touch 0 up"});
    EXPECT_EQ(take(kBob, {TouchCancel{}}), Words{"touch cancelled"}) << "there are no others";
}

TEST_F(TheSharedHand, HasABoundedNumberOfFingers) {
    for (std::int32_t point = 0; point < 32; ++point) {
        EXPECT_EQ(take(kAda, {TouchDown{point, {}}}).size(), 1U);
    }
    EXPECT_EQ(take(kAda, {TouchDown{32, {}}}), Words{});
    EXPECT_EQ(take(kAda, {TouchDown{5, {}}}), Words{}) << "it is down already";
}

} // namespace
