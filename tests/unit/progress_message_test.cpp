#include "base/json_reader.hpp"
#include "base/msgpack_reader.hpp"
#include "notify/progress_message.hpp"

#include <gtest/gtest.h>

using namespace compositord;

namespace {

std::string frame(const std::string& body) {
    std::string result(4, '\0');
    result[2] = static_cast<char>(body.size() >> 8U);
    result[3] = static_cast<char>(body.size());
    return result + body;
}

// {"message_type": "control", "data": {"command": "cancel"}}
const std::string kCancel = frame("\x82\xacmessage_type\xa7"
                                  "control\xa4"
                                  "data\x81\xa7"
                                  "command\xa6"
                                  "cancel");

} // namespace

TEST(ProgressMessage, HasTheFormOfTheSeed) {
    const WallTime time{std::chrono::milliseconds(1700000000123)};
    Session session{.id = "s", .progress = 20};
    const auto message = progressMessage(session, {1, time, TaskProgress{"generate_colorscheme", 33.33}});
    ASSERT_TRUE(message);
    EXPECT_EQ(
        encode(*message, "wallpaper_progress", ProgressFormat::lines),
        R"({"event_name":"wallpaper_progress","timestamp_ms":1700000000123,)"
        R"("timestamp_iso":"2023-11-14T22:13:20.123+00:00","message_type":"data",)"
        R"("data":{"step":"generate_colorscheme","progress":33.33,"status":"processing","session":"s"}})"
        "\n");
    const std::string bytes = encode(*message, "wallpaper_progress", ProgressFormat::frames);
    ASSERT_GT(bytes.size(), 4U);
    EXPECT_EQ(static_cast<std::size_t>(static_cast<unsigned char>(bytes[2])) * 256 +
                  static_cast<unsigned char>(bytes[3]),
              bytes.size() - 4);
    const auto map = parseMsgpackObject(std::string_view(bytes).substr(4));
    ASSERT_TRUE(map);
    EXPECT_EQ(json_number_value(json_object_get(json_object_get(map->get(), "data"), "progress")), 33.33);
}

TEST(ProgressMessage, TellsTheEndAndWhatWentWrong) {
    Session session{.id = "s", .step = "two", .progress = 50};
    const auto done = progressMessage(session, {1, {}, TaskEnded{"t", SessionState::completed, "r", ""}});
    EXPECT_EQ(done->step, "complete");
    EXPECT_EQ(done->percent, 100);
    EXPECT_TRUE(done->complete);
    const auto failed =
        progressMessage(session, {1, {}, TaskEnded{"t", SessionState::failed, "", "no disk"}});
    EXPECT_EQ(failed->step, "two");
    EXPECT_NE(encode(*failed, "e", ProgressFormat::lines)
                  .find(R"("message_type":"error","data":{"step":"two","error":"no disk","status":"error")"),
              std::string::npos);
    EXPECT_FALSE(progressMessage(session, {1, {}, OutputChunk{OutputKind::text, "x"}}));
}

TEST(ProgressDecoder, ReadsFramesHoweverTheyAreCut) {
    const std::string bytes = kCancel + kCancel;
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        ProgressDecoder decoder(ProgressFormat::frames);
        const std::size_t count =
            decoder.feed(bytes.substr(0, cut)).size() + decoder.feed(bytes.substr(cut)).size();
        EXPECT_EQ(count, 2U) << cut;
        EXPECT_EQ(decoder.malformed(), 0);
    }
}

TEST(ProgressDecoder, CountsWhatIsNoMessageAndReadsOn) {
    ProgressDecoder decoder(ProgressFormat::frames);
    EXPECT_TRUE(decoder.feed(frame("\xc1")).empty());
    EXPECT_TRUE(decoder
                    .feed(frame("\x81\xac"
                                "message_type\x03"))
                    .empty());
    EXPECT_EQ(decoder.malformed(), 2);
    EXPECT_FALSE(decoder.lost());
    EXPECT_EQ(decoder.feed(kCancel).size(), 1U);
}

TEST(ProgressDecoder, GivesUpWhereNothingTellsTheNextMessage) {
    for (const std::string& bytes : {std::string(4, '\0'), std::string(4, '\xff'), std::string("GET /")}) {
        ProgressDecoder decoder(ProgressFormat::frames);
        EXPECT_TRUE(decoder.feed(bytes).empty());
        EXPECT_TRUE(decoder.lost());
        EXPECT_EQ(decoder.malformed(), 1);
        EXPECT_TRUE(decoder.feed(kCancel).empty());
    }
    ProgressDecoder lines(ProgressFormat::lines);
    lines.feed(std::string(ProgressDecoder::kLongest + 1, 'x'));
    EXPECT_TRUE(lines.lost());
}

TEST(ProgressDecoder, DoesNotListenForEverToOneWhoTalksNonsense) {
    ProgressDecoder decoder(ProgressFormat::lines);
    std::string nonsense;
    for (int i = 0; i < 2 * ProgressDecoder::kMostMalformed; ++i) {
        nonsense += "?\n";
    }
    decoder.feed(nonsense);
    EXPECT_TRUE(decoder.lost());
    EXPECT_EQ(decoder.malformed(), ProgressDecoder::kMostMalformed);
}

TEST(ProgressDecoder, ReadsLines) {
    ProgressDecoder decoder(ProgressFormat::lines);
    const auto controls =
        decoder.feed(R"({"message_type":"control","data":{"command":"cancel","session":"s1"}})"
                     "\n"
                     R"({"message_type":"data","data":{"step":"x"}})"
                     "\n"
                     R"({"message_type":"control","data":{"command":"dance"}})"
                     "\n");
    ASSERT_EQ(controls.size(), 1U);
    EXPECT_EQ(controls[0].session, "s1");
    EXPECT_EQ(decoder.malformed(), 1); // what it tells itself is well-formed, only of no interest
}
