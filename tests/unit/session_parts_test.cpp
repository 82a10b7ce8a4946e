// The parts that sessions are made of: text of programs, the queue, the history, the file's text.

#include "session/command_step.hpp"
#include "session/history.hpp"
#include "session/queue.hpp"
#include "session/session_codec.hpp"
#include "session/text_stream.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace compositord;

TEST(TextStream, PutsCharactersTogetherThatWereCut) {
    const std::string text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        TextStream stream;
        std::string result = stream.feed(text.substr(0, cut));
        result += stream.feed(text.substr(cut));
        result += stream.finish();
        EXPECT_EQ(result, text) << cut;
    }
}

TEST(TextStream, ReplacesWhatIsNoText) {
    TextStream stream;
    EXPECT_EQ(stream.feed("a\xff" + std::string(1, '\0') + "b\xe2\x82"), "a\xef\xbf\xbd\xef\xbf\xbd"
                                                                         "b");
    EXPECT_EQ(stream.finish(), "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(LineStream, CutsLinesWhereverTheReadsAre) {
    const std::string text = "one\n\ntwo\nthree";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        std::vector<std::string> lines;
        const auto take = [&](std::string_view line, bool whole) {
            EXPECT_TRUE(whole);
            lines.emplace_back(line);
        };
        LineStream stream;
        stream.feed(text.substr(0, cut), take);
        stream.feed(text.substr(cut), take);
        stream.finish(take);
        EXPECT_EQ(lines, (std::vector<std::string>{"one", "", "two", "three"})) << cut;
    }
}

TEST(LineStream, HandsOutALineThatIsTooLongInParts) {
    std::vector<bool> whole;
    std::size_t bytes = 0;
    const auto take = [&](std::string_view line, bool complete) {
        whole.push_back(complete);
        bytes += line.size();
    };
    LineStream stream;
    stream.feed(std::string(LineStream::kLongest + 5, 'x') + "\nshort\n", take);
    EXPECT_EQ(whole, (std::vector{false, false, true}));
    EXPECT_EQ(bytes, LineStream::kLongest + 10);
}

TEST(SessionQueue, ServesPrioritiesFirstAndOwnersInTurn) {
    SessionQueue queue;
    queue.push("a1", SessionPriority::normal, "a");
    queue.push("a2", SessionPriority::normal, "a");
    queue.push("a3", SessionPriority::normal, "a");
    queue.push("b1", SessionPriority::normal, "b");
    queue.push("low", SessionPriority::low, "b");
    queue.push("now", SessionPriority::critical, "a");
    EXPECT_EQ(queue.sizeOf("a"), 4U);
    EXPECT_TRUE(queue.remove("a2"));
    EXPECT_FALSE(queue.remove("a2"));
    std::vector<SessionId> order;
    while (auto id = queue.pop()) {
        order.push_back(*id);
    }
    EXPECT_EQ(order, (std::vector<SessionId>{"now", "a1", "b1", "a3", "low"}));
    EXPECT_EQ(queue.size(), 0U);
}

TEST(History, GivesEachKeptEventOnceWhateverOneHasAlready) {
    std::mt19937 random(1); // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
    History history;
    std::uint64_t last = 0;
    for (int round = 0; round < 4000; ++round) {
        const std::size_t size = random() % 3 == 0 ? random() % 4096 : 10;
        history.add(std::make_shared<SessionEvent>(
            SessionEvent{++last, {}, OutputChunk{OutputKind::text, std::string(size, 'x')}}));
        if (round % 37 != 0) {
            continue;
        }
        const std::uint64_t since = random() % (last + 2);
        const SessionHistory part = history.since(since);
        std::uint64_t next = last + 1 - part.events.size();
        EXPECT_EQ(part.complete, part.events.empty() || next <= since + 1);
        for (const auto& event : part.events) {
            EXPECT_GT(event->sequence, since);
            EXPECT_EQ(event->sequence, next++);
        }
        EXPECT_EQ(next, last + 1);
    }
    EXPECT_LE(history.events().size(), History::kMostEvents);
}

TEST(SessionCodec, WritesWhatItReads) {
    const WallTime time{std::chrono::milliseconds(1700000000123)};
    Session session{.id = "session_1", .type = "codegen", .owner = "vp \"1\"\n"};
    session.created = time;
    std::deque<SharedSessionEvent> events;
    const std::vector<SessionHappening> happenings{
        TaskQueued{{.id = "t", .description = "do it", .kind = "code", .parameters = {{"a\"b", "c"}}}},
        TaskStarted{"t"},
        StepStarted{"one", 0, 2},
        TaskProgress{"one", 12.34},
        OutputChunk{OutputKind::thinking, "hm\n"},
        ToolStarted{"1", "read", R"({"path":"/x"})"},
        ToolEnded{"1", "read", false, "no"},
        TokensUsed{7},
        ChoicesOffered{{{"apply", "Apply"}, {"discard", "Discard"}}},
        ChoiceMade{"apply"},
        StepEnded{"one", true, ""},
        TaskEnded{"t", SessionState::failed, "r", "e"}};
    EXPECT_EQ(happenings.size(), std::variant_size_v<SessionHappening>);
    std::uint64_t sequence = 40;
    for (const SessionHappening& happening : happenings) {
        events.push_back(std::make_shared<SessionEvent>(SessionEvent{++sequence, time, happening}));
        apply(*events.back(), session);
    }
    const auto read = decodeSession(encodeSession(session, events));
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read->session, session);
    ASSERT_EQ(read->events.size(), events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        EXPECT_EQ(*read->events[i], *events[i]) << i;
    }
}

TEST(SessionCodec, RefusesWhatIsDamaged) {
    Session session{.id = "s"};
    session.sequence = 1;
    const std::deque<SharedSessionEvent> events{
        std::make_shared<SessionEvent>(SessionEvent{1, {}, TaskStarted{"t"}})};
    const std::string text = encodeSession(session, events);
    ASSERT_TRUE(decodeSession(text));
    EXPECT_FALSE(decodeSession(text.substr(0, text.size() / 2)));
    for (const auto& [from, to] : std::initializer_list<std::pair<std::string, std::string>>{
             {"task_started", "task_exploded"},
             {"\"version\":1", "\"version\":2"},
             {"\"queued\"", "\"asleep\""},
             {"\"sequence\":1,\"time\"", "\"sequence\":2,\"time\""}}) {
        std::string broken = text;
        ASSERT_NE(broken.find(from), std::string::npos) << from;
        broken.replace(broken.find(from), from.size(), to);
        EXPECT_FALSE(decodeSession(broken)) << to;
    }
}

namespace {

/// What a step told, as words.
struct Told final : StepListener {
    std::vector<std::string> all;

    void onProgress(double fraction) override { all.push_back("progress " + std::to_string(fraction)); }

    void onOutput(OutputKind kind, std::string text) override {
        all.push_back(std::string(nameOf(kind)) + " " + text);
    }

    void onHappening(SessionHappening happening) override {
        if (const auto* started = std::get_if<ToolStarted>(&happening)) {
            all.push_back("tool " + started->call + " " + started->tool + " " + started->input);
        } else if (const auto* ended = std::get_if<ToolEnded>(&happening)) {
            all.push_back((ended->ok ? "done " : "failed ") + ended->call + " " + ended->result);
        } else if (const auto* offered = std::get_if<ChoicesOffered>(&happening)) {
            for (const SessionChoice& choice : offered->choices) {
                all.push_back("choice " + choice.id + " " + choice.label);
            }
        } else if (const auto* tokens = std::get_if<TokensUsed>(&happening)) {
            all.push_back("tokens " + std::to_string(tokens->tokens));
        }
    }

    void onStepEnd(StepResult /*result*/) override {}
};

} // namespace

TEST(EventLines, TellWhatTheyMeanAndAreTextOtherwise) {
    Told told;
    EventLines lines(told);
    for (const char* line :
         {R"({"progress":0.5})", R"({"thinking":"hm"})",
          R"({"tool":"read","call":"1","input":{"path":"/x"}})", R"({"tool":"read","call":"1","result":[1]})",
          R"({"tool":"read","call":"2","error":"no"})", R"({"tokens":12,"text":"hello"})",
          R"({"result":"all"})", "plain", R"({"progress":2})", R"({"odd":1})", "{broken"}) {
        lines.onLine(line, true);
    }
    lines.onLine(R"({"progress":1})", false); // a part of something longer
    EXPECT_EQ(told.all,
              (std::vector<std::string>{"progress 0.500000", "thinking hm", R"(tool 1 read {"path":"/x"})",
                                        "done 1 [1]", "failed 2 no", "text hello", "tokens 12",
                                        "text plain\n", "text {\"progress\":2}\n", "text {\"odd\":1}\n",
                                        "text {broken\n", "text {\"progress\":1}"}));
    EXPECT_EQ(lines.result(), "all");
}

TEST(EventLines, OfferChoicesOnlyIfTheStepMayAsk) {
    Told told;
    EventLines asking(told, true);
    EventLines mute(told);
    const std::string offer =
        R"({"choices":[{"id":"apply","label":"Apply"},{"id":"no","label":"Leave it"}]})";
    asking.onLine(offer, true);
    mute.onLine(offer, true);
    EXPECT_EQ(told.all,
              (std::vector<std::string>{"choice apply Apply", "choice no Leave it", "text " + offer + "\n"}));
    told.all.clear();
    const std::vector<std::string> wrong{
        R"({"choices":[]})", R"({"choices":[{"id":"a"}]})", R"({"choices":[{"id":"a b","label":"x"}]})",
        R"({"choices":[{"id":"a","label":"x"},{"id":"a","label":"y"}]})", R"({"choices":{"a":"x"}})"};
    for (const std::string& line : wrong) {
        asking.onLine(line, true);
        EXPECT_EQ(told.all, std::vector<std::string>{"text " + line + "\n"});
        told.all.clear();
    }
}

TEST(SessionCodec, KeepsWhatIsOffered) {
    Session session{.id = "s"};
    const auto event =
        std::make_shared<SessionEvent>(SessionEvent{1, {}, ChoicesOffered{{{"apply", "Apply"}}}});
    apply(*event, session);
    EXPECT_EQ(session.choices.size(), 1);
    const auto read = decodeSession(encodeSession(session, {event}));
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read->session, session);
    apply(SessionEvent{2, {}, TaskEnded{}}, session);
    EXPECT_TRUE(session.choices.empty());
}
