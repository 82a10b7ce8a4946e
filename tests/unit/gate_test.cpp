#include "web/gate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

using namespace compositord;
using namespace std::chrono_literals;

namespace {

constexpr const char* kToken = "0123456789abcdef";

class GateWithTokens : public testing::Test {
protected:
    /// The status that the request is answered with; 0 if it may go on.
    unsigned knock(const Knock& request) {
        answer_ = gate_.check(request, connection_, now_);
        return answer_ ? answer_->status : 0;
    }

    std::string header(std::string_view name) const {
        const auto found =
            std::ranges::find(answer_->headers, name, [](const auto& each) { return each.first; });
        return found == answer_->headers.end() ? "" : found->second;
    }

    static Knock get(std::string path = "/") {
        return {.method = Knock::Method::get, .path = std::move(path), .host = "127.0.0.1:8765"};
    }

    Access access_{{.origins = {"http://friend"}, .tokens = *Tokens::parse("0123456789abcdef camera", {})}};
    Metrics metrics_;
    Refusals refusals_{Log(LogLevel::error), metrics_};
    Gate gate_{access_, refusals_};
    Connection connection_{.peer = {.name = "127.0.0.1", .uid = std::nullopt}, .door = {.port = 8765}};
    Gate::Time now_ = Gate::Time() + 1h;
    std::optional<HttpResponse> answer_;
};

} // namespace

TEST_F(GateWithTokens, TakesATokenFromEachPlace) {
    Knock bearer = get();
    bearer.authorization = std::string("bEARER ") + kToken;
    Knock key = get();
    key.apiKey = kToken;
    Knock cookie = get();
    cookie.cookies = std::string("a=b; compositord-token-8765=") + kToken;
    for (const Knock& request : {bearer, key, cookie}) {
        connection_.identity = {};
        EXPECT_EQ(knock(request), 0U);
        EXPECT_TRUE(connection_.identity.known);
        EXPECT_EQ(connection_.identity.grants, Grants{Grant::camera});
    }
}

TEST_F(GateWithTokens, ForgetsWhoCameBeforeOnTheSameConnection) {
    Knock bearer = get();
    bearer.apiKey = kToken;
    EXPECT_EQ(knock(bearer), 0U);
    EXPECT_EQ(knock(get()), 0U);
    EXPECT_FALSE(connection_.identity.known) << "as with a proxy in between";
}

TEST_F(GateWithTokens, RefusesAWrongOneButTakesAnOldCookieForNone) {
    Knock wrong = get();
    wrong.authorization = "Bearer 0123456789abcdeX";
    EXPECT_EQ(knock(wrong), 401U);
    EXPECT_NE(header("www-authenticate"), "");
    Knock cookie = get();
    for (const auto* text :
         {"compositord-token-8765=0123456789abcdeX", "compositord-token-1=0123456789abcdef",
          "compositord-token-8765", ";;=;compositord-token-8765=;"}) {
        cookie.cookies = text;
        EXPECT_EQ(knock(cookie), 0U) << text;
        EXPECT_FALSE(connection_.identity.known) << text;
    }
}

TEST_F(GateWithTokens, ChangesATokenInThePagesAddressIntoACookie) {
    Knock request = get("/inspector.html");
    request.query = std::string("a=b&token=") + kToken;
    EXPECT_EQ(knock(request), 303U);
    EXPECT_EQ(header("location"), "/inspector.html");
    EXPECT_EQ(header("set-cookie"), "compositord-token-8765=0123456789abcdef; Path=/; Max-Age=2592000; "
                                    "HttpOnly; SameSite=Strict");
    connection_.door.encrypted = true;
    EXPECT_EQ(knock(request), 303U);
    EXPECT_TRUE(header("set-cookie").ends_with("; Secure"));
    request.query = "token=0123456789abcdeX";
    EXPECT_EQ(knock(request), 401U);
    EXPECT_EQ(header("set-cookie"), "");
}

TEST_F(GateWithTokens, SendsNobodyElsewhere) {
    for (const auto* path :
         {"//evil.example", "/\\evil.example", "/a\r\nset-cookie: x", "/../x", "/%0d", "/a b"}) {
        Knock request = get(path);
        request.query = std::string("token=") + kToken;
        EXPECT_EQ(knock(request), 303U);
        EXPECT_EQ(header("location"), "/") << path;
    }
}

TEST_F(GateWithTokens, DoesNotEvenLookAfterTooManyWrongOnes) {
    Knock request = get();
    for (int i = 0; i < 100; ++i) {
        request.apiKey = "wrong-" + std::to_string(i);
        knock(request);
    }
    request.apiKey = kToken;
    EXPECT_EQ(knock(request), 429U);
    EXPECT_NE(header("retry-after"), "");
    EXPECT_GT((metrics_.refused[{"guessing", ""}]), 0U);
    now_ += 1min;
    EXPECT_EQ(knock(request), 0U);
}

TEST_F(GateWithTokens, ShowsAllowedOriginsHowToAsk) {
    Knock request{.method = Knock::Method::options, .path = "/api/v1/state", .host = "127.0.0.1:8765"};
    EXPECT_EQ(knock(request), 405U);
    request.origin = "http://friend";
    EXPECT_EQ(knock(request), 405U) << "no preflight request";
    request.wantedMethod = "GET";
    EXPECT_EQ(knock(request), 204U);
    EXPECT_EQ(header("access-control-allow-origin"), "http://friend");
    EXPECT_NE(header("access-control-allow-headers").find("authorization"), std::string::npos);
    request.origin = "http://evil.example";
    EXPECT_EQ(knock(request), 405U);
    EXPECT_EQ(header("access-control-allow-origin"), "");
}

TEST_F(GateWithTokens, KeepsForeignHostsAndOriginsOut) {
    Knock request = get();
    request.host = "evil.example";
    EXPECT_EQ(knock(request), 403U);
    request = get();
    request.upgrade = true;
    request.upgradeTo = "WebSocket";
    request.origin = "http://evil.example";
    EXPECT_EQ(knock(request), 403U);
    request.origin = "http://friend";
    EXPECT_EQ(knock(request), 0U);
    request.subprotocols = "nonsense, more";
    EXPECT_EQ(knock(request), 400U);
    EXPECT_NE(answer_->content->pieces().front()->find("orchestrator"), std::string::npos)
        << "names the known";
    request.subprotocols = "orchestrator";
    EXPECT_EQ(knock(request), 0U);
    request.upgradeTo = "h2c";
    EXPECT_EQ(knock(request), 400U);
}
