#include "base/json_reader.hpp"
#include "web/orchestrator.hpp"

#include <gtest/gtest.h>

#include <string>

using namespace compositord;

namespace {

const Orchestrator dialect;

std::string textOf(const SharedFrame& frame) {
    return {frame->bytes().begin() + 2, frame->bytes().end()}; // after the header of a short frame
}

Rejected rejectionOf(std::string_view text) {
    const auto message = dialect.decode(text);
    return message ? Rejected{} : message.error();
}

} // namespace

TEST(Orchestrator, GreetsWithItsHealth) {
    const World world({});
    EXPECT_EQ(textOf(dialect.hello(world, {})), R"({"type":"health_check_response","healthy":true})");
    EXPECT_EQ(textOf(dialect.challenge()), R"({"type":"health_check_response","healthy":true})");
}

TEST(Orchestrator, ReadsWhatItsClientsSay) {
    EXPECT_TRUE(std::holds_alternative<Ping>(*dialect.decode(R"({"type":"ping"})")));
    EXPECT_TRUE(std::holds_alternative<HealthCheck>(*dialect.decode(R"({"type":"health_check"})")));
    const auto message = dialect.decode(R"({"type":"auth","token":"secret","more":1})");
    ASSERT_TRUE(message);
    EXPECT_EQ(std::get<Auth>(*message).token, "secret");
    EXPECT_EQ(textOf(dialect.pong({})), R"({"type":"pong"})");
}

TEST(Orchestrator, ReadsWhatIsAskedAboutSessions) {
    const auto action = [](std::string_view text) {
        const auto message = dialect.decode(text);
        EXPECT_TRUE(message) << text << ": " << message.error().problem.message;
        return std::get<SessionMessage>(*message).action;
    };
    const auto spawn = std::get<SpawnSession>(action(
        R"({"type":"spawn_session","payload":{"orchestratorId":"vp_1","task":{"type":"code","description":"do",)"
        R"("priority":"high","status":"pending"},"sessionType":"claude-code","memoryProfile":"default"}})"));
    EXPECT_EQ(spawn.type, "claude-code");
    EXPECT_EQ(spawn.owner, "vp_1");
    EXPECT_EQ(spawn.priority, SessionPriority::high);
    EXPECT_EQ(spawn.task.description, "do");
    EXPECT_EQ(spawn.task.kind, "code");
    const auto run = std::get<RunTask>(
        action(R"({"type":"execute_task","payload":{"sessionId":"s1","task":"do it","context":{}}})"));
    EXPECT_EQ(run.session, "s1");
    EXPECT_EQ(run.task.description, "do it");
    EXPECT_EQ(
        std::get<ShowSession>(action(R"({"type":"session_status","payload":{"sessionId":"s1"}})")).session,
        "s1");
    EXPECT_EQ(
        std::get<CancelSession>(action(R"({"type":"stop_session","payload":{"sessionId":"s1"}})")).session,
        "s1");
    EXPECT_TRUE(std::holds_alternative<ListSessions>(action(R"({"type":"list_sessions"})")));
    EXPECT_TRUE(std::holds_alternative<ShowTotals>(action(R"({"type":"daemon_status"})")));
}

TEST(Orchestrator, TellsASessionUnderBothNames) {
    Session session{.id = "s1", .type = "claude-code", .owner = "vp_1"};
    session.task = {.id = "t1", .description = "do"};
    const auto frame = dialect.sessions()->status(session);
    const std::string text(frame->bytes().begin() + 4, frame->bytes().end());
    const auto json = parseJsonObject(text);
    ASSERT_TRUE(json) << text;
    json_t* const told = json_object_get(json->get(), "session");
    EXPECT_TRUE(json_equal(told, json_object_get(json->get(), "payload")));
    EXPECT_STREQ(json_string_value(json_object_get(told, "status")), "initializing");
    EXPECT_STREQ(json_string_value(json_object_get(json_object_get(told, "task"), "priority")), "medium");
}

TEST(Orchestrator, NamesTheSessionInAnError) {
    EXPECT_EQ(textOf(dialect.error(std::string("s1"), {"not_found", "", "no"})),
              R"({"type":"error","error":"no","code":"not_found","sessionId":"s1"})");
    EXPECT_EQ(
        std::get<std::string>(rejectionOf(R"({"type":"execute_task","payload":{"sessionId":"s1"}})").id),
        "s1");
}

TEST(Orchestrator, SaysWhatIsWrong) {
    EXPECT_EQ(rejectionOf("nonsense").problem.code, "malformed");
    EXPECT_EQ(rejectionOf(R"({"type":"fly"})").problem.code, "unknown_type");
    EXPECT_EQ(rejectionOf(R"({"type":"auth"})").problem.member, "token");
    EXPECT_EQ(rejectionOf(R"({"type":"auth","token":7})").problem.member, "token");
    EXPECT_EQ(rejectionOf(R"({"type":"stop_session","payload":7})").problem.member, "payload");
    EXPECT_EQ(rejectionOf(R"({"type":"stop_session"})").problem.member, "payload.sessionId");
    EXPECT_EQ(rejectionOf(R"({"type":"spawn_session","payload":{"sessionType":"x"}})").problem.member,
              "payload.task");
    EXPECT_EQ(rejectionOf(R"({"type":"stop_session","payload":{"sessionId":7}})").problem.member,
              "payload.sessionId");
}
