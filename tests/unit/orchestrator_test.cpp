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

TEST(Orchestrator, SaysThatThereAreNoSessions) {
    for (const auto* type : {"spawn_session", "execute_task", "session_status", "list_sessions",
                             "daemon_status", "stop_session"}) {
        const auto rejected = rejectionOf(std::string(R"({"type":")") + type + R"(","payload":{}})");
        EXPECT_EQ(rejected.problem.code, "unsupported") << type;
        EXPECT_NE(rejected.problem.message.find("sessions are not available"), std::string::npos);
    }
    const auto rejected = rejectionOf(R"({"type":"stop_session","payload":{"sessionId":"s1"}})");
    EXPECT_EQ(textOf(dialect.error(rejected.id, {"unsupported", "", "no"})),
              R"({"type":"error","error":"no","code":"unsupported","sessionId":"s1"})");
}

TEST(Orchestrator, SaysWhatIsWrong) {
    EXPECT_EQ(rejectionOf("nonsense").problem.code, "malformed");
    EXPECT_EQ(rejectionOf(R"({"type":"fly"})").problem.code, "unknown_type");
    EXPECT_EQ(rejectionOf(R"({"type":"auth"})").problem.member, "token");
    EXPECT_EQ(rejectionOf(R"({"type":"auth","token":7})").problem.member, "token");
    EXPECT_EQ(rejectionOf(R"({"type":"stop_session","payload":7})").problem.member, "payload");
    EXPECT_EQ(rejectionOf(R"({"type":"stop_session","payload":{"sessionId":7}})").problem.member,
              "payload.sessionId");
}
